import * as visavis from '../../web/dist/module/visavis.js';

const server = new URL(new URLSearchParams(location.search).get('server') ?? 'http://localhost:8080');
const client = new visavis.Client(visavis.browserPorts({ server, device: () => visavis.keptDevice(localStorage) }));
const wish = { prefs: { media: 'video', need: 'any' }, instant: false, hideAddress: false };
const at = (id) => document.getElementById(id);
const say = (text) => (at('status').textContent = text);
let media = null; // camera and microphone, on for a call
const share = async () => (await (media ??= visavis.sendMedia(client))) && wish;
const stop = (stream) => stream.getTracks().forEach((track) => track.stop());
client.on('change', ({ server, call }) => say(`server ${server}, call ${call.phase} ${call.reason ?? ''}`));
client.on('ended', () => media?.then(stop).finally(() => (media = null)));
client.on('rooms', ({ rooms }) => at('rooms').length || rooms.forEach(({ name, tag }) => at('rooms').add(new Option(name, tag))));
client.on('tracks', ({ tracks }) => (at('picture').srcObject = new MediaStream(tracks)));
for (const button of document.querySelectorAll('[data-act]')) button.onclick = () => client.act(button.dataset.act);
window.onunhandledrejection = ({ reason }) => say(reason.message) && (media = null); // the next press asks again
at('meet').onclick = async () => {
  visavis.keepDevice(localStorage, crypto);
  client.seek(at('rooms').value, await share());
};
at('invite').onclick = () => (location.hash = visavis.makeFragment(visavis.makeKey(crypto)));
window.onhashchange = async () => {
  const { key } = visavis.readFragment(location.hash);
  if (key) client.open(key, visavis.keepKey(sessionStorage, crypto, key).seat, await share());
};

visavis.followPage(client);
if (visavis.findObstacle()) say(`no call is possible here: ${visavis.findObstacle()}`);
else client.start();
window.onhashchange();
