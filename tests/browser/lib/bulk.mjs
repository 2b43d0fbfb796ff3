// A call of a high bit rate: beside its picture and sound each page sends as much as two pictures of high definition
// would be, over a channel of the test's own. Codecs would make less of it on a machine that is busy.
import { until } from './poll.mjs';

const kChannel = 99; // above those that the page opens
const kPieces = 50; // a second

/** From now on both send so much to each other. */
export async function sendBulk(people, bitsPerSecond) {
  for (const person of people) {
    await person.page.evaluate(
      (id, bytes, pieces) => {
        const channel = visavis.pc.createDataChannel('bulk', { negotiated: true, id });
        channel.binaryType = 'arraybuffer';
        window.vvBulk = { bytes: 0 };
        channel.onmessage = ({ data }) => (window.vvBulk.bytes += data.byteLength);
        const piece = crypto.getRandomValues(new Uint8Array(bytes));
        setInterval(() => {
          // What the path does not take is not piled up.
          if (channel.readyState === 'open' && channel.bufferedAmount < 4 * bytes) channel.send(piece);
        }, 1000 / pieces);
      },
      kChannel,
      bitsPerSecond / 8 / kPieces,
      kPieces,
    );
  }
}

/** Waits until so much arrives at this person's browser within some second. */
export async function receivesAtRate(person, bitsPerSecond) {
  const received = () => person.page.evaluate(() => ({ at: performance.now(), bytes: window.vvBulk.bytes }));
  let before = await received();
  let rate = 0;
  await until(`${person.name} receives ${bitsPerSecond} bits a second`, async () => {
    const now = await received();
    if (now.at - before.at >= 1000) {
      rate = ((now.bytes - before.bytes) * 8000) / (now.at - before.at);
      before = now;
    }
    if (rate < bitsPerSecond) throw new Error(`${Math.round(rate)} bits a second`);
    return true;
  });
}
