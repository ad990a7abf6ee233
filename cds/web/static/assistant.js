// The diagnosis assistant with scripts: everything here also works without. Answers come without a new page, and what
// they changed is told to screen readers. Nothing is kept: no address, history or storage holds a story.
"use strict";

(() => {
  const say = (text) => {
    document.getElementById("as-status").textContent = text;
  };

  const show = (page, wanted) => {
    const made = page.getElementById("as-work");
    if (!made) return false;
    document.getElementById("as-work").replaceWith(made);
    document.title = page.title;
    const place = ["faults", wanted, "results-title"].map((id) => document.getElementById(id)).find(Boolean);
    if (place) {
      place.focus({ preventScroll: true });
      place.scrollIntoView({ block: "nearest" });
    }
    // A live region speaks of what changes in it after it is there.
    setTimeout(() => say(made.dataset.told), 50);
    return true;
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!("live" in form.dataset)) return;
    event.preventDefault();
    const fields = new URLSearchParams(new FormData(form, event.submitter));
    const wanted = fields.has("answer") || fields.has("undo") ? "question" : "results-title";
    form.setAttribute("aria-busy", "true");
    say("Considering");
    try {
      const answer = await fetch("/playground/assistant", { method: "POST", body: fields, cache: "no-store" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!show(page, wanted)) say("The answer could not be shown; load the page again");
    } catch {
      say("The service could not be reached; try again");
    } finally {
      form.removeAttribute("aria-busy");
    }
  });
})();
