// What tests hold on to (README.md): the state on the document element, and a read-only object that exists only for who asks for it.
// The page itself reads some of them as well: `data-server` in reach.ts, `data-state` and `data-page` in the style sheets of what comes
// before the call and of notes, `data-plain` in that of the call.

import { effect } from '@preact/signals';
import type { Client } from '../core/client.ts';
import type { Pace } from '../core/pacing.ts';
import { parseJson } from '../core/shape.ts';
import type { Model } from './model.ts';
import { settings, store } from './settings.ts';

const kTrafficMax = 2_000;

/** Tells when the first picture of a call is shown. */
export function watchFirstFrame(client: Client, video: HTMLVideoElement): void {
  const meeting = client.timings.matched;
  const note = (now: number): unknown => meeting === client.timings.matched && client.noteFrame(now);
  if (typeof video.requestVideoFrameCallback === 'function') {
    video.requestVideoFrameCallback(note);
    return;
  }
  // A browser without it tells that something plays, which may be sound alone, and that a picture has come to that.
  const kSigns = ['playing', 'resize'] as const;
  const handleSign = (): void => {
    if (video.paused || video.videoWidth === 0) return;
    for (const sign of kSigns) video.removeEventListener(sign, handleSign);
    note(performance.now());
  };
  for (const sign of kSigns) video.addEventListener(sign, handleSign);
}

function set(name: string, value: string | null | undefined): void {
  const { dataset } = document.documentElement;
  if (value === null || value === undefined) delete dataset[name];
  else dataset[name] = value;
}

function wayOf(path: { relay: boolean } | null): string | null {
  return path && (path.relay ? 'relayed' : 'direct');
}

export function showStateOnDocument(model: Model): void {
  effect(() => {
    const { call, code, path, picture, server } = model.view.value;
    const inCall = call.phase === 'connecting' || call.phase === 'connected';
    set('state', model.screen.value);
    set('server', server);
    set('page', model.openPage.value);
    set('kind', call.kind);
    set('role', call.role);
    set('path', inCall ? path.badge : null);
    set('ownPath', inCall ? wayOf(path.own) : null);
    set('partnerPath', inCall ? wayOf(path.partner) : null);
    set('leg', inCall ? path.own?.leg : null);
    set('safety', code.state === 'none' ? null : code.state);
    set('safetyWhy', code.why);
    set('reason', call.reason);
    // What only looks better is left out where a device has too much to do, or is to do little.
    set('plain', (inCall && picture.own?.busy) || settings.battery.value === 'on' ? 'yes' : null);
  });
}

interface Traffic {
  at: number;
  message: unknown;
}

export function offerDebugObject(model: Model): void {
  if (store.getItem('visavis.debug') !== '1') return;
  const { client } = model;
  const traffic: { in: Traffic[]; out: Traffic[] } = { in: [], out: [] };
  client.session.onTraffic = (way, text) => {
    traffic[way].push({ at: performance.now(), message: parseJson(text) });
    if (traffic[way].length > kTrafficMax) traffic[way].shift();
  };
  const bodies: { at: number; way: string; call: string; body: unknown }[] = [];
  client.onBody = (way, call, body) => {
    bodies.push({ at: performance.now(), way, call, body });
    if (bodies.length > kTrafficMax) bodies.shift();
  };
  const paces: { at: number; pace: Pace | null; seen: number | null }[] = [];
  effect(() => {
    const { own } = model.view.value.picture;
    if (own === (paces.at(-1)?.pace ?? null)) return;
    paces.push({ at: performance.now(), pace: own, seen: own && client.busySeen });
    if (paces.length > kTrafficMax) paces.shift();
  });
  const faults: string[] = [];
  client.onFault = (fault) => faults.push(String(fault));
  const members = {
    faults: () => [...faults],
    pc: () => client.pc,
    session: () => {
      const { state, session, epoch, resumed } = client.session;
      return { state, session, epoch, resumed };
    },
    received: () => [...traffic.in],
    sent: () => [...traffic.out],
    paces: () => [...paces],
    restarts: () => client.restarts.map((restart) => ({ ...restart })),
    bodies: () => [...bodies],
    relays: () => ({ times: { ...client.relays.times } }),
    timings: () => ({ ...client.timings }),
    path: () => ({ own: client.view.path.own, partner: client.view.path.partner, reached: client.view.path.reached }),
    drop: () => () => client.session.drop(),
  };
  const object = Object.create(null) as Record<string, unknown>;
  for (const [name, get] of Object.entries(members)) Object.defineProperty(object, name, { get, enumerable: true });
  Object.defineProperty(window, 'visavis', { value: Object.freeze(object) });
}
