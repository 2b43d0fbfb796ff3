// Watches a call from inside both pages while something happens to it: when frames of the partner were decoded and shown, when the page said
// that the path is interrupted, when ICE was restarted, and what the page said of itself. gaps.mjs judges it.

/** Runs in the page of a call that stands. Self-contained: it is sent to the browser as source text. */
function watchHere() {
  const peer = vvProbe.peer();
  const watch = { samples: [], shown: [], restarts: [], noticed: [], states: [document.documentElement.dataset.state], troubles: [] };
  // One clock for both pages.
  const offset = Date.now() - performance.now();
  window.vvWatch = {
    stop: false,
    read: () => {
      // By the page's own word, which tells of those that wait for an answer of the server, and of wishes that the wire carries sealed.
      const begins = visavis.restarts.map(({ at, why }) => ({ at: at + offset, how: why }));
      return { ...watch, readAt: Date.now(), restarts: [...watch.restarts, ...begins.filter(({ at }) => at >= begun)] };
    },
  };
  const begun = Date.now();

  // Frames: what the newest connection has decoded, and what any picture of the partner has shown.
  const watched = new Set();
  const watchShown = (video) => {
    if (watched.has(video) || !video.srcObject?.getTracks().some((track) => vvProbe.tracks.includes(track))) return;
    watched.add(video);
    const note = () => {
      if (window.vvWatch.stop) return;
      watch.shown.push(Date.now());
      video.requestVideoFrameCallback(note);
    };
    video.requestVideoFrameCallback(note);
  };
  const look = async () => {
    if (window.vvWatch.stop) return;
    for (const video of document.querySelectorAll('video')) watchShown(video);
    try {
      const receiver = vvProbe.peer()?.getReceivers().find(({ track }) => track.kind === 'video');
      const stats = receiver ? [...(await receiver.getStats()).values()] : [];
      const frames = stats.find(({ type }) => type === 'inbound-rtp')?.framesDecoded;
      if (frames !== undefined) watch.samples.push({ at: Date.now(), frames });
    } catch (error) {
      watch.troubles.push(String(error));
    }
    setTimeout(look, 40);
  };
  let isShaky = false;
  // When the page began to say that the path is interrupted.
  const noteShaky = () => {
    const was = isShaky;
    isShaky = document.querySelector('[data-testid="shaky"]') !== null;
    if (isShaky && !was) watch.noticed.push(Date.now());
  };
  new MutationObserver(noteShaky).observe(document.body, { childList: true, subtree: true });
  void look();

  // A restart: this end's description with another user name of ICE.
  const userName = (sdp) => /a=ice-ufrag:(\S+)/.exec(sdp ?? '')?.[1];
  let ufrag = userName(peer.localDescription?.sdp);
  const note = (description) => {
    const now = userName(description?.sdp);
    if (!now || now === ufrag) return;
    ufrag = now;
    watch.restarts.push({ at: Date.now(), how: description.type });
  };
  const { setLocalDescription } = peer;
  peer.setLocalDescription = function (...args) {
    note(args[0]);
    return setLocalDescription.apply(this, args);
  };
  peer.addEventListener('signalingstatechange', () => note(peer.localDescription));

  new MutationObserver(() => {
    const { state } = document.documentElement.dataset;
    if (state !== watch.states.at(-1)) watch.states.push(state);
  }).observe(document.documentElement, { attributeFilter: ['data-state'] });
}

export class CallWatch {
  #people;

  static async begin(...people) {
    const watch = new CallWatch();
    watch.#people = people;
    await Promise.all(people.map((person) => person.page.evaluate(watchHere)));
    return watch;
  }

  /** What each end has seen until `readAt`, with the restarts of both. */
  async read() {
    const ends = await Promise.all(this.#people.map((person) => person.page.evaluate(() => vvWatch.read())));
    const restarts = ends.flatMap((end) => end.restarts);
    return ends.map((end) => ({ ...end, restarts }));
  }

  /** The pages look no more. @returns what they have seen */
  async end() {
    await Promise.all(this.#people.map((person) => person.page.evaluate(() => void (vvWatch.stop = true))));
    return this.read();
  }
}
