// What this page derives, says and seals when its randomness is known: for the native caller (src/caller), which must do the same to the
// byte. web/caller_vectors.mjs writes it where the C++ tests read it, and caller_vectors_test.ts holds what is written there to the code.

import { later as english } from '../../locales/en_later.ts';
import { parseBody, parseIntro, parseKnock, parseSealedIntro, writeKnock, writeSealedIntro, type Body } from '../bodies.ts';
import { fromBase64url, fromHex, toBase64url, toHex, utf8, type Bytes } from '../bytes.ts';
import { kPictures } from '../code_pictures.ts';
import { CodeRun, parseCodeMessage, type CodeMessage } from '../code_run.ts';
import type { CryptoPort } from '../ports.ts';
import { Door, makeLink, makePrologue, deriveFromKey } from '../private_call.ts';
import { proofMessage } from '../proof.ts';
import { commitment, type Agreed } from '../safety_code.ts';
import { Sealing } from '../sealing.ts';
import { nodeCrypto } from './node_crypto.ts';

const kHost = 'talk.example.org:8443';
const kCall = '0.AAECAwQFBgcICQoLDA0ODw';
const kSdp = 'v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns="வணக்கம்"\r\n';

const run = (from: number, size: number): Bytes => new Uint8Array(Array.from({ length: size }, (_, at) => (from + 7 * at) & 0xff));

/** Draws these, one after the other; has no X25519 of its own, so that a key pair is made of what was drawn. */
function knownCrypto(draws: Bytes[]): CryptoPort {
  const subtle = new Proxy(nodeCrypto.subtle, {
    get(of, name: keyof SubtleCrypto) {
      if (name === 'generateKey') return () => Promise.reject(new Error('not here'));
      return (of[name] as (...words: unknown[]) => unknown).bind(of);
    },
  });
  return {
    subtle,
    getRandomValues(bytes) {
      const drawn = draws.shift();
      if (drawn?.length !== bytes.length) throw new Error('nothing is known for this draw');
      bytes.set(drawn);
      return bytes;
    },
  };
}

async function linkVectors(key: Bytes) {
  const { id, door, psk } = await deriveFromKey(nodeCrypto, key);
  return {
    key: toHex(key),
    link: makeLink('https://talk.example.org', key),
    id: toHex(id),
    door: toHex(door),
    psk: toHex(psk),
    prologue: toHex(makePrologue(kHost, id)),
  };
}

/** Two ends of one private call. Either may come to be the one that answers: `secrets` says. */
async function doorVectors(key: Bytes, secrets: { first: string; second: string }, answering: string) {
  const crypto = (own: string, answers: string): CryptoPort => knownCrypto([fromHex(own), fromHex(answers)]);
  const ends = [await Door.make(crypto(secrets.first, answering), key, kHost), await Door.make(crypto(secrets.second, answering), key, kHost)] as const;
  const payloads = [writeKnock(false), writeKnock(true)] as const;
  const knocks = [await ends[0].knock(payloads[0]), await ends[1].knock(payloads[1])] as const;
  const greeting = await ends[0].handleKnock(knocks[1]);
  await ends[1].handleKnock(knocks[0]);
  if (!greeting.ok) throw new Error('the two hold one key');
  const [answers, reads] = greeting.answers ? [ends[0], ends[1]] : [ends[1], ends[0]];
  const intro = writeSealedIntro({ sdp: kSdp, can: { relay_only: true } });
  const answer = (await answers.answer(intro))!;
  if ((await reads.handleAnswer(answer)) !== intro) throw new Error('message 2 does not open');
  const sealed: { first: boolean; text: string; body: string }[] = [];
  for (const [first, text] of [[true, 'one'], [true, '{"kind":"candidates","list":[],"end":true}'], [false, 'வணக்கம்'], [false, '']] as const) {
    sealed.push({ first, text, body: await (first ? ends[0] : ends[1]).seal(kCall, text) });
  }
  return { ...secrets, answering, id: ends[0].id, door: ends[0].door, payloads, knocks, firstAnswers: greeting.answers, intro, answer, sealed };
}

async function codeVectors(fingerprints: [Bytes, Bytes], nonces: [Bytes, Bytes]) {
  const said: { first: boolean; message: CodeMessage }[] = [];
  const agreed: (Agreed | null)[] = [null, null];
  const runs: CodeRun[] = [];
  for (const at of [0, 1] as const) {
    runs.push(
      new CodeRun({
        crypto: knownCrypto([nonces[at]]),
        own: fingerprints[at],
        partner: fingerprints[1 - at]!,
        taken: () => 3 + at,
        onEvent: (event) => {
          if (event.type === 'say') said.push({ first: at === 0, message: event.message });
          if (event.type === 'agreed') agreed[at] = event.agreed;
          if (event.type === 'refused') throw new Error(event.why);
        },
      }),
    );
    // What it says before it hears anything.
    while (said.length <= at) await new Promise((done) => setImmediate(done));
  }
  for (let heard = 0; heard < said.length; heard++) await runs[said[heard]!.first ? 1 : 0]!.handle(said[heard]!.message);
  const { code, send } = agreed[0]!;
  const sealing = new Sealing();
  sealing.handleAgreed(agreed[0]!);
  const again: Body = { kind: 'answer', sdp: kSdp, round: 2 };
  sealing.noteTold({ id: 4, body: again });
  sealing.noteTold({ id: 5, body: again });
  const told = sealing.handleDone(4);
  const bodies = [];
  for (const { id, body } of told) bodies.push(await sealing.seal(kCall, body, id));
  bodies.push(await sealing.seal(kCall, { kind: 'offer_wanted', restart: true, round: null, renew: false }));
  return {
    fingerprints: fingerprints.map(toHex),
    nonces: nonces.map(toHex),
    commitments: [
      toHex(await commitment(nodeCrypto, { fingerprint: fingerprints[0], nonce: nonces[0] }, fingerprints[1])),
      toHex(await commitment(nodeCrypto, { fingerprint: fingerprints[1], nonce: nonces[1] }, fingerprints[0])),
    ],
    said: said.map(({ first, message }) => ({ first, text: JSON.stringify(message) })),
    ...code,
    words: code.pictures.map((picture) => english[`picture.${kPictures[picture]![0]}`].toLowerCase()).join(' '),
    shown: code.pictures.map((picture) => kPictures[picture]![1]).join(' '),
    sealedByFirst: toHex(await send.seal(7, utf8(kCall), utf8('x'))),
    bodies,
  };
}

const candidate = { candidate: 'candidate:1 1 udp 2122260223 192.0.2.7 50000 typ host', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'EsAw' };
const { usernameFragment: _, ...older } = candidate;

const kBodies: Body[] = [
  { kind: 'offer', sdp: kSdp, round: 0, renewed: false },
  { kind: 'offer', sdp: kSdp, round: 4, renewed: true },
  { kind: 'answer', sdp: kSdp, round: null },
  { kind: 'offer_wanted', restart: true, round: 3, renew: true },
  { kind: 'candidates', list: [candidate, { ...older, sdpMid: null, sdpMLineIndex: null }], end: false },
  { kind: 'candidates', list: [], end: true },
];

const kIntro = { v: 1, fingerprint: 'sha-256 4A:AD', ufrag: 'EsAw', pwd: 'P2uYro0UCOQ4zxjKXaWCBui1' };
const kIntros = [
  { ...kIntro, can: { relay_only: true } },
  { ...kIntro, sdp: kSdp, can: { relay_only: false } },
  { ...kIntro, sdp: kSdp, double: true, can: { relay_only: false }, candidates: [candidate] },
];

/** Texts that look like something and are nothing: neither end takes them. */
const kRefused = {
  body: ['', '[]', '{}', '{"kind":"offer"}', '{"kind":"offer","sdp":1,"round":0}', '{"kind":"answer","sdp":"","round":-1}', '{"kind":"answer","sdp":"","round":1.5}',
    '{"kind":"candidates","list":{}}', '{"kind":"candidates","list":[1]}', '{"kind":"candidates","list":[{"candidate":"a","sdpMid":5}]}', '{"kind":"later"}'],
  intro: ['', '{"v":2,"fingerprint":"a","ufrag":"b","pwd":"c"}', '{"v":1,"fingerprint":"a","ufrag":"b"}', '{"v":1,"fingerprint":"a","ufrag":"b","pwd":"c","double":1}'],
  sealedIntro: ['{"v":1}', '{"v":2,"sdp":""}', '{"v":1,"sdp":"","can":5}'],
  knock: ['{"v":1}', '{"v":2,"relay_only":true}', '{"v":1,"relay_only":"yes"}'],
  code: ['{"kind":"code"}', '{"kind":"code","step":"commit"}', '{"kind":"code","step":"done"}', '{"kind":"code","step":"later"}', '{"kind":"ping","n":1}'],
};

function bodyVectors() {
  const intros = kIntros.map((intro) => JSON.stringify(intro));
  if (intros.some((intro) => parseIntro(intro) === null)) throw new Error('an intro of ours is none');
  if (kBodies.some((body) => parseBody(JSON.stringify(body)) === null)) throw new Error('a body of ours is none');
  const refused: [string[], (text: string) => unknown][] = [
    [kRefused.body, parseBody], [kRefused.intro, parseIntro], [kRefused.sealedIntro, parseSealedIntro], [kRefused.knock, parseKnock],
    [kRefused.code, (text) => parseCodeMessage(JSON.parse(text))],
  ];
  for (const [texts, parse] of refused) for (const text of texts) if (parse(text) !== null) throw new Error(`taken: ${text}`);
  return { bodies: kBodies.map((body) => JSON.stringify(body)), intros, knocks: [writeKnock(false), writeKnock(true)], refused: kRefused };
}

export async function makeCallerVectors() {
  const low = '77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a';
  const high = '5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb';
  const answering = '893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a';
  const nonce = run(3, 32);
  return {
    host: kHost,
    call: kCall,
    sdp: kSdp,
    links: [await linkVectors(run(0, 16)), await linkVectors(fromBase64url('AAAAAAAAAAAAAAAAAAAAAA')!)],
    doors: [await doorVectors(run(0, 16), { first: low, second: high }, answering), await doorVectors(run(9, 16), { first: high, second: low }, answering)],
    codes: [await codeVectors([run(0, 32), run(128, 32)], [run(1, 32), run(2, 32)]), await codeVectors([run(200, 32), run(100, 32)], [run(5, 32), run(6, 32)])],
    pictures: kPictures.map(([name, picture]) => ({ word: english[`picture.${name}`].toLowerCase(), picture })),
    texts: bodyVectors(),
    proof: { nonce: toBase64url(nonce), token: 'AW4f-_', message: toHex(await proofMessage(nodeCrypto, kHost, nonce, 'AW4f-_')) },
  };
}

/** As the header of the C++ tests has it. */
export async function writeCallerVectors(): Promise<string> {
  const json = JSON.stringify(await makeCallerVectors(), null, 1);
  return `// What the page derives, says and seals when its randomness is known: written by
// web/caller_vectors.mjs out of web/core, held to it by web/core/caller_vectors_test.ts.
#pragma once

#include <string_view>

namespace vv::caller {

// clang-format off
inline constexpr std::string_view kPageVectors = R"json(${json})json";
// clang-format on

} // namespace vv::caller
`;
}
