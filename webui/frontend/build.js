// Bundles the editor into webui/static/editor/. No inline style is left for the strict Content-Security-Policy:
// a few icons of bpmn-js carry style attributes in their markup, here they become plain SVG attributes.
import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { build } from 'esbuild';

const OUT = '../static/editor';

const plainIcons = {
  name: 'plain-icons',
  setup(on) {
    on.onLoad({ filter: /ElementsIcons\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const contents = text.replace(/ style="([^"]*)"/g, (_, style) =>
        style.split(';').filter(Boolean).map((one) => {
          const [name, value] = one.split(':');
          return ` ${name.trim()}="${value.trim()}"`;
        }).join(''));
      return { contents, loader: 'js' };
    });
  }
};

await rm(OUT, { recursive: true, force: true });
await mkdir(OUT, { recursive: true });
await build({
  entryPoints: { editor: 'src/editor.js', differences: 'src/differences.js' },
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  outdir: OUT,
  loader: { '.woff2': 'file' },
  assetNames: '[name]',
  legalComments: 'linked',
  plugins: [plainIcons]
});
await cp('node_modules/bpmn-js/LICENSE', `${OUT}/bpmn-js-LICENSE.txt`);
await cp('node_modules/diagram-js-minimap/LICENSE', `${OUT}/diagram-js-minimap-LICENSE.txt`);
