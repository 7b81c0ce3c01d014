// Hear what happens over a socket, and tell the page, whose parts then fetch themselves anew (see hx-trigger).
// Where no socket opens, or it breaks, the page is told every few seconds instead.
const live = document.querySelector("[data-live]");
const EVERY_MS = 5000;
const TELL_MS = 250;
const waits = [1000, 3000, 10000, 30000];
let isOpen = false;
let failures = 0;
let told = 0;

const tell = (topics) => {
  clearTimeout(told);
  told = setTimeout(() => {
    for (const topic of topics) document.body.dispatchEvent(new Event(`live-${topic}`));
  }, TELL_MS);
};

const later = () => {
  isOpen = false;
  setTimeout(open, waits[Math.min(failures, waits.length - 1)]);
  failures += 1;
};

const open = async () => {
  const topics = live.dataset.live.split(" ");
  try {
    const answer = await fetch(live.dataset.ticket, {
      method: "POST",
      headers: { "X-CSRFToken": live.dataset.token },
    });
    if (answer.status !== 200) return later();
    const { ticket, url } = await answer.json();
    const socket = new WebSocket(url);
    socket.onopen = () => socket.send(JSON.stringify({ type: "authenticate", ticket }));
    socket.onclose = later;
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === "authenticated") {
        socket.send(JSON.stringify({ type: "subscribe", topics }));
      } else if (message.type === "subscribed") {
        isOpen = true;
        failures = 0;
        document.documentElement.dataset.hears = "yes";
        tell(topics); // what happened between the page's making and now
      } else if (message.type === "ping") {
        socket.send(JSON.stringify({ type: "pong" }));
      } else if (message.type === "event") {
        tell(message.topics ?? topics);
      }
    };
    return undefined;
  } catch {
    return later();
  }
};

if (live) {
  open();
  setInterval(() => {
    if (!isOpen && !document.hidden) tell(live.dataset.live.split(" "));
  }, EVERY_MS);
}
