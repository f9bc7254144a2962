/* What the desk does better with a script; without one every page still works.
   1. a field whose condition does not hold is folded away;  2. j and k walk the list;  3. a form is sent once;
   4. the receipt has a print button;  5. a case's chart shows where it stands;  6. a calendar's file is read in. */
"use strict";

(() => {
  const valueOf = (form, name) => {
    const found = [...form.elements].filter((e) => e.name === name && (e.type !== "radio" || e.checked));
    return found.length ? found[0].value : "";
  };

  for (const form of document.querySelectorAll("form[data-screen]")) {
    const conditional = [...form.querySelectorAll("[data-shown-by]")];
    const fold = () => {
      for (const field of conditional) {
        const wanted = JSON.parse(field.dataset.shownValues);
        const shown = wanted.includes(valueOf(form, field.dataset.shownBy));
        field.hidden = !shown;
        for (const input of field.querySelectorAll("input,select,textarea")) input.disabled = !shown;
      }
    };
    form.addEventListener("change", fold);
    fold();
  }

  const rows = [...document.querySelectorAll("table[data-walk] tbody tr")];
  let at = -1;
  document.addEventListener("keydown", (event) => {
    if (!rows.length || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(input|select|textarea)$/i.test(event.target.tagName)) return;
    if (event.key !== "j" && event.key !== "k") return;
    if (at >= 0) rows[at].classList.remove("picked");
    at = Math.min(rows.length - 1, Math.max(0, at + (event.key === "j" ? 1 : -1)));
    rows[at].classList.add("picked");
    rows[at].querySelector("a")?.focus();
  });

  for (const form of document.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "yes";
      setTimeout(() => delete form.dataset.sent, 4000);
    });
  }

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }

  for (const place of document.querySelectorAll("[data-file-to]")) {
    place.hidden = false;
    place.querySelector("input").addEventListener("change", async (event) => {
      const file = event.target.files[0];
      if (!file || file.size > 262144) return;
      const bytes = await file.arrayBuffer();
      const read = (encoding) => new TextDecoder(encoding, { fatal: true }).decode(bytes);
      let text;
      try { text = read("utf-8"); } catch { try { text = read("big5"); } catch { text = ""; } }
      document.getElementById(place.dataset.fileTo).value = text;
    });
  }

  for (const chart of document.querySelectorAll(".chart.of-case")) {
    const here = chart.querySelector("[data-state=late], [data-state=open]");
    if (!here) continue;
    const [box, step] = [chart.getBoundingClientRect(), here.getBoundingClientRect()];
    chart.scrollTo(step.left - box.left - (box.width - step.width) / 2, step.top - box.top - (box.height - step.height) / 2);
  }
  document.querySelector(".trouble[tabindex]")?.focus();
})();
