/* What the desk does better with a script; without one every page still works.
   1. a field whose condition does not hold is folded away;  2. lists are walked by keys;  3. a form is sent once;
   4. a half-filled form is kept every 20 seconds;  5. parts of a page are fetched anew (htmx), and what goes wrong
   there is shown as a whole page; the picture of a case is fetched when the case has turned, while somebody looks;
   6. the receipt has a print button, a chart shows where the case stands, a
   calendar's file is read in, a file too large is told before it is sent;  7. a list tells how many rows are ticked, and
   who a bulk act is for chooses the act;  8. whoever keeps a draft stays where they were in the form. */
"use strict";

(() => {
  const typing = (target) => target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio]), select, textarea");

  /* 1 */
  const valueOf = (form, name) => {
    const found = [...form.elements].filter((e) => e.name === name && (e.type !== "radio" || e.checked));
    return found.length ? found[0].value : "";
  };
  for (const form of document.querySelectorAll("form[data-screen]")) {
    /* what the button decides that will be pressed is asked beforehand: it is folded for nobody */
    const byButton = (name) => [...form.elements].some((e) => e.name === name && e.type === "submit");
    const conditional = [...form.querySelectorAll("[data-shown-by]")].filter((f) => !byButton(f.dataset.shownBy));
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

  /* 2: the rows are asked for at every key, because the list may have been fetched anew */
  const keys = document.querySelector("[data-keys]");
  const walk = (step) => {
    const rows = [...document.querySelectorAll("table[data-walk] tbody tr")];
    if (!rows.length) return;
    const at = rows.findIndex((row) => row.classList.contains("picked"));
    const next = at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + step));
    if (at >= 0) rows[at].classList.remove("picked");
    rows[next].classList.add("picked");
    rows[next].querySelector("a")?.focus();
    rows[next].scrollIntoView({ block: "nearest" });
  };
  const acts = {
    j: () => walk(1),
    k: () => walk(-1),
    c: () => document.querySelector("tr.picked [data-claim], section.now [data-claim]")?.click(),
    x: () => document.querySelector("tr.picked input[type=checkbox]")?.click(),
    n: () => document.querySelector("a[data-next]")?.click(),
    "/": () => (document.querySelector("[data-seek]") || document.getElementById("quick"))?.focus(),
    "?": () => { if (keys) keys.open = !keys.open; },
    Escape: () => { if (keys) keys.open = false; },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target) && event.key !== "Escape") return;
    if (!Object.hasOwn(acts, event.key)) return;
    if (event.key === "/" || event.key === "?") event.preventDefault();
    acts[event.key]();
  });
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("table[data-walk] tbody tr");
    if (!row) return;
    for (const other of document.querySelectorAll("tr.picked")) other.classList.remove("picked");
    row.classList.add("picked");
  });

  /* 3: before anybody else hears of it; a filter may be sent as often as one likes */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 4000);
  }, true);

  /* 4: only what was changed, one after the other; files are kept when the form is sent */
  for (const form of document.querySelectorAll("form[data-keep]")) {
    const state = form.querySelector("[data-kept]");
    const piece = form.closest("section");
    let changed = false;
    let keeping = false;
    form.addEventListener("input", () => { changed = true; });
    const keep = async () => {
      if (!changed || keeping || form.dataset.sent) return;
      changed = false;
      keeping = true;
      const fields = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== "act" && name !== "checklist");
      try {
        const answer = await fetch(form.dataset.keep, { method: "POST", body: new URLSearchParams(fields), redirect: "error" });
        const version = answer.headers.get("X-Seen");
        if (version) for (const seen of piece.querySelectorAll("input[name=seen]")) seen.value = version;
        state.textContent = (answer.ok || answer.status === 409) && answer.headers.get("Content-Type").startsWith("text/plain")
          ? await answer.text() : state.dataset.failed;
      } catch {
        changed = true;
        state.textContent = state.dataset.failed;
      }
      keeping = false;
    };
    setInterval(keep, Number(form.dataset.every || 20) * 1000);
    document.addEventListener("visibilitychange", () => { if (document.hidden) keep(); });
  }

  /* 5 */
  const heard = document.getElementById("heard");
  document.addEventListener("htmx:afterSettle", (event) => {
    const said = document.querySelector("[data-heard]");
    if (heard && said && event.detail.target.id === said.id) heard.textContent = said.dataset.heard;
    if (document.activeElement === document.body) document.querySelector("tr.picked a")?.focus();
    if (event.detail.target.id === "picture") showWhere();
  });
  const whole = (event) => {
    const asked = event.detail.requestConfig;
    if (event.detail.target?.id === "unread" || event.detail.elt.dataset.watch !== undefined) return;
    if (asked.verb === "get") window.location.assign(event.detail.pathInfo?.finalRequestPath || asked.path);
    else event.detail.elt.closest("form")?.submit();
  };
  const look = () => {
    if (document.hidden) return;
    for (const watch of document.querySelectorAll("[data-watch]")) htmx.trigger(watch, "look");
  };
  if (document.querySelector("[data-watch]")) {
    setInterval(look, 30000);
    document.addEventListener("visibilitychange", look);
  }
  document.addEventListener("htmx:responseError", whole);
  document.addEventListener("htmx:sendError", whole);

  /* 6 */
  for (const all of document.querySelectorAll("[data-check-all]")) {
    all.hidden = false;
    all.querySelector("input").addEventListener("change", (event) => {
      for (const box of all.closest("form").elements) if (box.name === all.dataset.checkAll) box.checked = event.target.checked;
    });
  }

  /* 7 */
  for (const bar of document.querySelectorAll("[data-ticked]")) {
    const form = bar.closest("form");
    const count = () => {
      const many = [...form.elements].filter((box) => box.name === bar.dataset.ticked && box.checked).length;
      bar.querySelector("[data-many]").textContent = many;
      bar.hidden = !many;
    };
    form.addEventListener("change", count);
    count();
  }
  for (const act of document.querySelectorAll(".bulk-act")) {
    act.addEventListener("change", (event) => { if (event.target.value) act.querySelector("input[type=radio]").checked = true; });
  }

  for (const form of document.querySelectorAll("form[data-go-on]")) {
    const part = document.createElement("input");
    [part.type, part.name, part.value] = ["hidden", "part", "yes"];
    form.append(part);
    setTimeout(() => form.requestSubmit(), 300);
  }

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  for (const chosen of document.querySelectorAll("input[type=file][data-most]")) {
    const said = document.getElementById(chosen.dataset.said);
    chosen.addEventListener("change", () => {
      const big = [...chosen.files].filter((file) => file.size > Number(chosen.dataset.most)).map((file) => file.name);
      said.textContent = big.length ? `${chosen.dataset.tooBig} ${big.join(" · ")}` : "";
      said.hidden = !big.length;
    });
  }
  const showWhere = () => {
    for (const chart of document.querySelectorAll(".chart.of-case")) {
      const here = chart.querySelector("[data-state=late], [data-state=open]");
      if (!here) continue;
      const [box, step] = [chart.getBoundingClientRect(), here.getBoundingClientRect()];
      chart.scrollTo(step.left - box.left - (box.width - step.width) / 2, step.top - box.top - (box.height - step.height) / 2);
    }
  };
  showWhere();
  /* 8 */
  const left = "draft kept at";
  document.addEventListener("submit", (event) => {
    if (event.submitter?.value !== "draft" || event.target.dataset.keep === undefined) return;
    const at = document.activeElement;
    const mark = at.id ? `#${CSS.escape(at.id)}` : `form[data-keep="${event.target.dataset.keep}"] .actions [value=draft]`;
    sessionStorage.setItem(left, JSON.stringify([location.pathname, mark, document.querySelector(mark).getBoundingClientRect().top]));
  });
  const back = JSON.parse(sessionStorage.getItem(left));
  sessionStorage.removeItem(left);
  const place = location.search.includes("said=saved") && back && document.querySelector(back[1]);
  if (place) {
    place.focus({ preventScroll: true });
    window.scrollBy(0, place.getBoundingClientRect().top - back[2]);
  }
  (document.querySelector(".trouble[tabindex]") || document.querySelector("a[data-next]"))?.focus();
})();
