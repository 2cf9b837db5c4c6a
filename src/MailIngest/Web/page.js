(() => {
  "use strict";
  const byId = id => document.getElementById(id);
  const live = byId("live"), filter = byId("filter"), find = filter.querySelector("input"), shown = filter.querySelector("output");
  let answered = new Date(), seen = "", running = false, timer;

  const say = (state, words) => {
    live.className = state;
    document.body.classList.toggle("stale", state === "lost");
    const said = live.querySelector("span");
    if (said.textContent !== words) said.textContent = words;
  };

  const narrow = () => {
    const word = find.value.trim().toLowerCase(), all = document.querySelectorAll("#mailboxes tbody");
    let hits = 0;
    for (const mailbox of all) {
      mailbox.hidden = word !== "" && !mailbox.textContent.toLowerCase().includes(word);
      if (!mailbox.hidden) hits++;
    }
    filter.hidden = all.length < 8 && word === "";
    shown.value = word === "" ? "" : `${hits} of ${all.length}`;
  };

  const show = text => {
    const fresh = document.createElement("template");
    fresh.innerHTML = text;
    for (const part of fresh.content.querySelectorAll("section[id]")) byId(part.id).replaceWith(part);
    seen = text;
    narrow();
    const look = byId("summary").dataset.look;
    document.title = look === "0" ? "MailIngest" : `(${look}) MailIngest`;
  };

  const refresh = async () => {
    if (running) return;
    running = true;
    clearTimeout(timer);
    try {
      const answer = await fetch("board", { cache: "no-store", signal: AbortSignal.timeout(8000) });
      if (!answer.ok) throw new Error(answer.statusText);
      const text = await answer.text();
      answered = new Date();
      if (text !== seen && !getSelection().isCollapsed) say("", "Paused while text is selected");
      else {
        if (text !== seen) show(text);
        say("on", "Live");
      }
    } catch {
      say("lost", `The worker has not answered since ${answered.toISOString().slice(11, 19)} UTC`);
    }
    running = false;
    if (!document.hidden) timer = setTimeout(refresh, 3000);
  };

  find.addEventListener("input", narrow);
  document.addEventListener("visibilitychange", () => document.hidden ? clearTimeout(timer) : refresh());
  narrow();
  refresh();
})();
