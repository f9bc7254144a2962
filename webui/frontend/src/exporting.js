// The drawing as a file: BPMN as it is, SVG, and PNG drawn from the SVG.
const TWICE = 2;

function hand(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

export async function exportAs(kind, modeler, name) {
  if (kind === 'bpmn') {
    const { xml } = await modeler.saveXML({ format: true });
    hand(new Blob([xml], { type: 'application/xml' }), `${name}.bpmn`);
    return;
  }
  const { svg } = await modeler.saveSVG();
  if (kind === 'svg') hand(new Blob([svg], { type: 'image/svg+xml' }), `${name}.svg`);
  else hand(await png(svg), `${name}.png`);
}

async function png(svg) {
  const address = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  const picture = new Image();
  picture.src = address;
  await picture.decode();
  const sheet = document.createElement('canvas');
  sheet.width = picture.width * TWICE;
  sheet.height = picture.height * TWICE;
  const pen = sheet.getContext('2d');
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, sheet.width, sheet.height);
  pen.drawImage(picture, 0, 0, sheet.width, sheet.height);
  URL.revokeObjectURL(address);
  return new Promise((done) => sheet.toBlob(done, 'image/png'));
}
