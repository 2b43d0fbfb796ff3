// What the page is showing and what a person can do, on top of core's client.

import { computed, effect, signal, untracked, type ReadonlySignal } from '@preact/signals';
import { browserPorts } from '../browser/ports.ts';
import { Client, type SeekWish, type View } from '../core/client.ts';
import { forgetKey, keepKey, keptKey, makeKey, makeLink, readFragment } from '../core/private_call.ts';
import type { Category } from '../core/protocol.ts';
import { Devices } from './devices.ts';

export type Place = 'home' | 'private' | 'ready';
export type Screen = Place | 'waiting' | 'card' | 'accepting' | 'connecting' | 'connected' | 'ended';
export type LinkTrouble = 'version' | 'damaged' | 'none';

const kRoomsPollMs = 5_000;

export class Model {
  readonly client = new Client(browserPorts());
  readonly devices = new Devices(this.client);
  readonly view = signal<View>(this.client.view);
  readonly place = signal<Place>('home');
  readonly room = signal<string | null>(null);
  readonly link = signal<string | null>(null);
  readonly linkTrouble = signal<LinkTrouble | null>(null);
  readonly needVideo = signal(false);
  readonly hideAddress = signal(false);
  readonly wantsStart = signal(false);
  /** The person's own word; until there is one, the server's preset. */
  readonly instantChoice = signal<boolean | null>(null);
  readonly instant = computed(() => this.instantChoice.value ?? this.view.value.features?.meeting === 'instant');
  readonly hideRequired = computed(() => this.view.value.features?.privacy === 'relay_only');
  readonly screen: ReadonlySignal<Screen> = computed(() => screenOf(this.view.value.call.phase, this.place.value));
  /** A second's tick, while something on the page counts time. */
  readonly now = signal(performance.now());

  run(): void {
    this.client.onChange = () => {
      this.now.value = performance.now();
      this.view.value = this.client.view;
    };
    this.readAddress();
    this.client.start();
    effect(() => {
      if (!this.wantsStart.value || this.devices.starting.value) return;
      this.wantsStart.value = false;
      if (this.devices.ready) untracked(() => this.begin());
    });
    setInterval(() => (this.now.value = performance.now()), 500);
    setInterval(() => {
      // A server that is away is not asked more often for that; it is when the device wakes up or finds a network.
      const isOpen = this.view.value.server === 'open';
      if (isOpen && this.screen.value === 'home' && document.visibilityState === 'visible') this.client.session.check();
    }, kRoomsPollMs);
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.client.session.check();
    });
    addEventListener('online', () => this.client.session.check());
    addEventListener('hashchange', () => this.readAddress());
    addEventListener('pagehide', () => this.sayGoodbye());
  }

  // ---- ways to a call

  pickRoom(tag: string): void {
    this.room.value = tag;
    this.goReady();
  }

  newLink(): void {
    const key = makeKey(this.client.ports.crypto);
    keepKey(sessionStorage, this.client.ports.crypto, key);
    this.link.value = makeLink(location.origin, key);
    this.room.value = null;
    this.place.value = 'private';
  }

  openLink(): void {
    this.room.value = null;
    // A reload finds the way back to this call; the key is with the tab, not in the address.
    if (location.pathname !== '/p') history.replaceState(null, '', '/p');
    this.goReady();
  }

  backHome(): void {
    this.client.act('home');
    this.wantsStart.value = false;
    this.devices.release();
    this.link.value = null;
    this.place.value = 'home';
    if (location.pathname !== '/') history.replaceState(null, '', '/');
    forgetKey(sessionStorage);
  }

  /** Begins as soon as what was chosen is on; asks for it again if it is not coming. */
  start(): void {
    if (!this.devices.ready && !this.devices.starting.value) void this.devices.choose(this.devices.choice.value);
    this.wantsStart.value = true;
  }

  private begin(): void {
    const wish: SeekWish = {
      prefs: { media: this.devices.choice.value === 'video' ? 'video' : 'sound', need: this.needVideo.value ? 'video' : 'any' },
      instant: this.instant.value,
      hideAddress: this.hideAddress.value,
    };
    if (this.room.value !== null) return this.client.seek(this.room.value, wish);
    const kept = keptKey(sessionStorage);
    if (kept) this.client.open(kept.key, kept.seat, wish);
    else this.linkTrouble.value = 'none';
  }

  stopWaiting(): void {
    this.client.act('home');
  }

  setInstant(on: boolean): void {
    this.instantChoice.value = on;
    this.client.meetRightAway(on);
  }

  report(category: Category, note: string): void {
    this.client.report(category, note);
  }

  /** A link's fragment is read once and taken out of the address bar; the key stays with the tab. */
  private readAddress(): void {
    if (location.pathname !== '/p') return;
    const read = readFragment(location.hash);
    this.linkTrouble.value = null;
    if ('key' in read) {
      keepKey(sessionStorage, this.client.ports.crypto, read.key);
      history.replaceState(null, '', '/p');
    } else if (read.wrong !== 'none' || !keptKey(sessionStorage)) {
      this.linkTrouble.value = read.wrong;
      return;
    }
    this.openLink();
  }

  private goReady(): void {
    this.client.act('home');
    this.wantsStart.value = false;
    this.place.value = 'ready';
    void this.devices.choose(this.devices.choice.value);
  }

  /** In a room a closed page is a person who left. A private call waits for its reload. */
  private sayGoodbye(): void {
    if (this.view.value.call.kind === 'room') this.client.act('leave');
  }
}

function screenOf(phase: View['call']['phase'], place: Place): Screen {
  if (phase === 'idle') return place;
  return phase === 'seeking' ? 'waiting' : phase;
}

