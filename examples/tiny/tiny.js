import * as visavis from '../../web/dist/module/visavis.js';

const server = new URL(new URLSearchParams(location.search).get('server') ?? 'http://localhost:8080');
const client = new visavis.Client(visavis.browserPorts({ server, device: () => visavis.keptDevice(localStorage) }));
const wish = { prefs: { media: 'video', need: 'any' }, instant: false, hideAddress: false };
const at = (id) => document.getElementById(id);
const say = (text) => (at('status').textContent = text);
// One camera and microphone for as long as people are met with them, also while the browser still asks: a later call asks anew.
let stream = null;
const forget = (error) => {
  stream = null;
  throw error;
};
const share = () => (stream ??= visavis.sendMedia(client).catch(forget));

client.on('change', ({ server, call }) => say(`server ${server}, call ${call.phase} ${call.reason ?? ''}`));
client.on('ended', () => {
  // Who has gone on to somebody else goes on with them.
  if (client.view.call.phase !== 'ended') return;
  stream?.then((held) => held.getTracks().forEach((track) => track.stop()));
  stream = null;
});
client.on('rooms', ({ rooms }) => at('rooms').length || rooms.forEach(({ name, tag }) => at('rooms').add(new Option(name, tag))));
client.on('tracks', ({ tracks }) => (at('picture').srcObject = new MediaStream(tracks)));
for (const button of document.querySelectorAll('[data-act]')) button.onclick = () => client.act(button.dataset.act);
document.querySelector('[data-act=next]').onclick = async () => {
  if (!client.view.call.kind) return;
  await share();
  client.act('next');
};
window.onunhandledrejection = ({ reason }) => say(reason.message);

at('meet').onclick = async () => {
  visavis.keepDevice(localStorage, crypto);
  await share();
  client.seek(at('rooms').value, wish);
};
at('invite').onclick = () => (location.hash = visavis.makeFragment(visavis.makeKey(crypto)));
window.onhashchange = async () => {
  const { key } = visavis.readFragment(location.hash);
  if (key) await share();
  if (key) client.open(key, visavis.keepKey(sessionStorage, crypto, key).seat, wish);
};

visavis.followPage(client);
if (visavis.findObstacle()) say(`no call is possible here: ${visavis.findObstacle()}`);
else client.start();
window.onhashchange();
