// What the page does in the browser: one delegated listener for citation chips, and the memory of what is unfolded.
() => {
  const chosen = new Map(); // details by id -> open or not, as the reader wants it: redrawing a streaming answer resets them
  let origin = null; // the chip that was chosen last, to go back to
  let meant = ""; // what it stood for then: Gradio may reuse the element for another citation
  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  const stacked = () => matchMedia("(max-width: 760px)").matches; // as in the stylesheet
  const marksOf = (chip) =>
    chip.dataset.cite ? [...document.querySelectorAll(`[data-quotes~="${CSS.escape(chip.dataset.cite)}"]`)] : [];

  const goTo = (element, block) => {
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block, behavior: calm() ? "auto" : "smooth" });
  };

  const unfold = (element) => {
    for (let d = element.closest("details"); d; d = d.parentElement.closest("details")) {
      d.open = true;
      chosen.set(d.id, true);
    }
  };

  const identity = (chip) => `${chip.dataset.source} ${chip.dataset.cite}`;
  const stands = () => origin?.isConnected && identity(origin) === meant;

  const light = () => {
    if (!stands()) return;
    const source = document.getElementById(origin.dataset.source);
    for (const element of [origin, source, ...marksOf(origin)]) {
      // Adding a class that is there counts as a change, and the observer below would never rest.
      if (element && !element.classList.contains("gw-selected")) element.classList.add("gw-selected");
    }
  };

  const show = (chip) => {
    const source = document.getElementById(chip.dataset.source);
    if (!source) return;
    unfold(source);
    document.querySelectorAll(".gw-selected").forEach((e) => e.classList.remove("gw-selected"));
    void source.offsetWidth; // so that the flash starts anew when the same chip is chosen twice
    origin = chip;
    meant = identity(chip);
    light();
    goTo(marksOf(chip)[0] ?? source.querySelector("summary"), stacked() ? "center" : "nearest");
  };

  const goBack = () => {
    if (stands()) goTo(origin, "center");
  };

  // The answer as it stands on the page, with its sources; nothing is asked of the server.
  const copy = async (button) => {
    const turn = button.closest(".gw-turn");
    const lines = [...turn.querySelectorAll(".gw-question, .gw-group, .gw-sentence, .gw-abstention p")].map((e) => e.innerText.trim());
    const cited = [...new Set([...turn.querySelectorAll(".gw-chip")].map((c) => c.getAttribute("aria-label")))];
    const text = [...lines, "", ...cited].join("\n");
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const field = Object.assign(document.createElement("textarea"), { value: text }); // no clipboard without https
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 1500);
  };

  // The drawer: one of its faces, or none.
  let opener = null;
  const face = () => document.getElementById("gw-drawer")?.dataset.face ?? "";
  const drawer = (wanted, from) => {
    const element = document.getElementById("gw-drawer");
    if (wanted) {
      opener = from;
      element.dataset.face = wanted;
      element.querySelector(`#gw-${wanted} :is(button, input, textarea)`)?.focus();
    } else {
      delete element.dataset.face;
      opener?.focus();
    }
    document.querySelectorAll(".gw-menu [data-drawer]").forEach((b) => {
      b.setAttribute("aria-expanded", String(b.dataset.drawer === wanted));
    });
  };

  const goToTab = (name) => {
    const named = [...document.querySelectorAll("#gw-tabs button[role=tab]")].filter((b) => b.textContent.trim() === name);
    (named.find((b) => b.checkVisibility()) ?? named[0])?.click();
    if (name === "Chat") document.querySelector("#gw-question textarea")?.select();
  };

  document.addEventListener("click", (event) => {
    const toggle = event.target.closest("[data-drawer]");
    if (toggle) return drawer(toggle.dataset.drawer === face() ? "" : toggle.dataset.drawer, toggle);
    if (face() && event.target.isConnected && !event.target.closest("#gw-drawer")) drawer("");
    const way = event.target.closest("[data-to]");
    const target = way && document.getElementById(way.dataset.to);
    if (target) return goTo(target.closest(".gw-claim") ?? target, "start");
    const tab = event.target.closest("[data-tab]");
    if (tab) return goToTab(tab.dataset.tab);
    const copier = event.target.closest(".gw-copy");
    if (copier) return copy(copier);
    const opened = event.target.closest("#gw-library [data-act=open]");
    if (opened && stacked()) awaited = opened.dataset.value;
    const chip = event.target.closest(".gw-chip, .gw-near");
    if (chip) return show(chip);
    if (event.target.closest(".gw-back")) return goBack();
    const details = event.target.closest("summary")?.parentElement;
    if (details?.id) chosen.set(details.id, !details.open);
  });

  document.addEventListener(
    "toggle",
    ({ target }) => {
      if (chosen.has(target.id) && target.open !== chosen.get(target.id)) target.open = chosen.get(target.id);
      else if (target.open && target.matches(".gw-panel .gw-whyp, .gw-panel .gw-read")) target.scrollIntoView({ block: "nearest" });
    },
    true, // a toggle event does not bubble
  );

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && face()) return drawer("");
    if (event.key === "Escape" && document.activeElement?.closest(".gw-source")) goBack();
  });

  for (const [event, on] of [["pointerover", true], ["pointerout", false], ["focusin", true], ["focusout", false]]) {
    document.addEventListener(event, ({ target }) => {
      const chip = target.closest?.(".gw-chip");
      if (chip) marksOf(chip).forEach((mark) => mark.classList.toggle("gw-hovered", on));
    });
  }

  let awaited = ""; // the paper that was chosen where it stands below the list, out of sight
  const arrive = () => {
    const paper = document.querySelector("#gw-library-paper .gw-paper");
    if (!awaited || paper?.dataset.paper !== awaited) return;
    awaited = "";
    goTo(paper, "start");
  };

  let last = "";
  const watch = new MutationObserver(() => {
    const turn = document.querySelector("#gw-live .gw-turn");
    if (turn && turn.id !== last) turn.scrollIntoView({ block: "start", behavior: calm() ? "auto" : "smooth" });
    last = turn?.id ?? "";
    light(); // a redraw has put it out
    arrive();
  });
  watch.observe(document.body, { subtree: true, childList: true, attributeFilter: ["id", "class"] });
}
