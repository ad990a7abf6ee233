// The playground with scripts: everything here also works without. A filter for the patients, buttons that copy,
// and answers that appear in the page, told to screen readers.
"use strict";

(() => {
  const say = (text) => {
    const status = document.getElementById("pg-status");
    if (status) status.textContent = text;
  };

  const filter = document.getElementById("filter");
  if (filter) {
    const rows = [...document.querySelectorAll(".pg-patient")];
    const told = document.getElementById("filter-told");
    filter.closest(".pg-filter").hidden = false;
    filter.addEventListener("input", () => {
      const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
      }
      told.textContent = words.length ? `${rows.filter((row) => !row.hidden).length} shown` : "";
    });
  }

  const addCopyButtons = (root) => {
    if (!navigator.clipboard) return;
    for (const block of root.querySelectorAll("pre[id]")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "quiet pg-copy";
      button.textContent = "Copy";
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(block.textContent);
          button.textContent = "Copied";
        } catch {
          button.textContent = "Select and copy by hand";
        }
        say(button.textContent);
      });
      block.before(button);
    }
  };

  const showCard = (page, id) => {
    const uuid = id.replace("card-", "");
    const made = page.getElementById(id);
    const old = document.getElementById(id);
    const told = page.querySelector(`[data-outcome="${CSS.escape(uuid)}"]`);
    if (!old || !told) return false;
    if (made) old.replaceWith(made);
    else {
      old.querySelector(".pg-detail").after(told);
      if (!told.classList.contains("failed")) {
        old.querySelectorAll(".pg-suggestions, .pg-override").forEach((form) => form.remove());
      }
    }
    const shown = document.querySelector(`[data-outcome="${CSS.escape(uuid)}"]`);
    shown.focus();
    say(shown.querySelector("p").textContent);
    return true;
  };

  const showResults = (page, url) => {
    const made = page.querySelector(".pg-work");
    if (!made || !page.getElementById("results")) return false;
    document.querySelector(".pg-work").replaceWith(made);
    history.pushState(null, "", url);
    addCopyButtons(made);
    const results = document.getElementById("results");
    results.scrollIntoView();
    results.focus({ preventScroll: true });
    // A live region speaks of what changes in it after it is there.
    setTimeout(() => say(document.getElementById("results-title").textContent), 50);
    return true;
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const target = form.dataset.live;
    if (!target || form.dataset.plain) return;
    event.preventDefault();
    const fields = new URLSearchParams(new FormData(form, event.submitter));
    const empty = [...fields].filter(([, value]) => value === "").map(([name]) => name);
    if (form.method === "get") empty.forEach((name) => fields.delete(name));
    const url = form.method === "get" ? `${form.action.split(/[?#]/)[0]}?${fields}` : form.action;
    form.setAttribute("aria-busy", "true");
    say("Asking the services");
    try {
      const answer = await fetch(url, form.method === "get" ? {} : { method: "POST", body: fields });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (target === "results" ? showResults(page, url) : showCard(page, target)) return;
      if (form.method === "get") location.assign(url);
      else say("The feedback could not be shown");
    } catch {
      say("The service could not be reached");
    } finally {
      form.removeAttribute("aria-busy");
    }
  });

  addEventListener("popstate", () => location.reload());
  addCopyButtons(document);
})();
