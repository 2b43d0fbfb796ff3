// What the page is showing and what a person can do, on top of core's client.

import { batch, computed, effect, signal, untracked, type ReadonlySignal } from '@preact/signals';
import { followPage } from '../browser/follow.ts';
import { makePorts } from '../browser/ports.ts';
import { Client, type SeekWish, type View } from '../core/client.ts';
import { keepDevice, keptDevice } from '../core/device.ts';
import { keepKey, keptKey, readFragment, type LinkKey } from '../core/private_call.ts';
import type { Category, Kind } from '../core/protocol.ts';
import { Alerts } from './alerts.ts';
import { Devices } from './devices.ts';
import { forgetLink, makeOwnLink, ownLink } from './own_link.ts';
import { loadPeer } from './peer.ts';
import { isPage, Places, type Page, type Spot } from './places.ts';
import { isLate, screenOf, type Place, type Screen, type Sheet } from './screen.ts';
import { rulesMark, settings, store, tabStore } from './settings.ts';
import { unmetAfterStep, unmetWord, type UnmetWord } from './unmet.ts';

export type LinkTrouble = 'version' | 'damaged' | 'none';

const kRoomsPollMs = 5_000;

export class Model {
  readonly client = new Client(makePorts(loadPeer, { device: () => keptDevice(store), doubleOffer: store.getItem('visavis.double') }));
  readonly devices = new Devices(this.client);
  readonly alerts = new Alerts(this);
  readonly view = signal<View>(this.client.view);
  readonly place = signal<Place>('home');
  readonly page = signal<Page | null>(null);
  readonly sheet = signal<Sheet | null>(null);
  readonly room = signal<string | null>(null);
  /** The private link, for who made it. */
  readonly link = signal(ownLink(tabStore, location.origin));
  readonly linkTrouble = signal<LinkTrouble | null>(null);
  /** A link that was pasted in a call which the other has ended: open to who is done with that call. */
  readonly pasted = signal<LinkKey | null>(null);
  readonly needVideo = signal(false);
  readonly hideAddress = signal(false);
  readonly wantsStart = signal(false);
  /** The person's own word; until there is one, the server's preset. */
  readonly instantChoice = signal<boolean | null>(null);
  readonly instant = computed(() => this.instantChoice.value ?? this.view.value.features?.meeting === 'instant');
  readonly hideRequired = computed(() => this.view.value.features?.privacy === 'relay_only');
  readonly screen: ReadonlySignal<Screen> = computed(() => screenOf(this.view.value.call, this.place.value));
  readonly inCall = computed(() => this.screen.value === 'connecting' || this.screen.value === 'connected');
  /** A page that explains may lie over the start and over a search, never over a person. */
  readonly openPage = computed(() => (['home', 'private', 'ready', 'waiting', 'ended'].includes(this.screen.value) ? this.page.value : null));
  /** The room somebody is looked for in, a person at the door included. */
  private readonly searched = computed(() => {
    const { phase, room } = this.view.value.call;
    return phase === 'seeking' || phase === 'card' || phase === 'accepting' ? room : null;
  });
  /** What is said of a meeting that led back to this search; null when none did. */
  readonly unmet = signal<UnmetWord | null>(null);
  private searchedSince = 0;
  /** A second's tick, while something on the page counts time. */
  readonly now = signal(performance.now());
  /** The passage that was asked for on the page that explains. */
  part = location.hash.slice(1);
  private readonly places = new Places();

  run(): void {
    this.client.onChange = () => {
      this.now.value = performance.now();
      this.view.value = this.client.view;
    };
    this.places.onMove = (spot) => this.handleMove(spot);
    const { at } = this.places.here;
    if (isPage(at)) this.page.value = at;
    this.readAddress();
    this.client.start();
    this.follow();
    this.listen();
  }

  // ---- ways to a call

  pickRoom(tag: string): void {
    this.withRules(() => {
      settings.room.value = tag;
      this.room.value = tag;
      this.goReady();
    });
  }

  newLink(): void {
    makeOwnLink(tabStore, this.client.ports.crypto);
    this.link.value = ownLink(tabStore, location.origin);
    this.linkTrouble.value = null;
    this.place.value = 'private';
  }

  /** True when this tab holds a private call: the one who leaves the page for a moment still has the friend who is on the way. */
  get hasLink(): boolean {
    return keptKey(tabStore) !== null;
  }

  forgetLink(): void {
    forgetLink(tabStore);
    this.link.value = null;
  }

  /** Back to it: to the link for who made it, else to the call. */
  resumeLink(): void {
    if (this.link.value) this.place.value = 'private';
    else this.openLink();
  }

  openLink(): void {
    this.room.value = null;
    this.goReady();
  }

  backHome(): void {
    this.client.act('home');
    this.wantsStart.value = false;
    this.devices.release();
    this.linkTrouble.value = null;
    this.page.value = null;
    this.place.value = 'home';
  }

  /** Begins as soon as what was chosen is on; asks for it again if it is not coming. */
  start(): void {
    if (!this.devices.ready && !this.devices.starting.value) void this.devices.complete();
    this.wantsStart.value = true;
  }

  /** While waiting: to another room, with the same choices. Whom one has just left may still be blocked or reported there. */
  switchRoom(tag: string): void {
    batch(() => {
      settings.room.value = tag;
      this.room.value = tag;
      this.begin();
    });
  }

  private begin(): void {
    const wish: SeekWish = {
      // Of a camera that is gone since it was chosen nothing is promised.
      prefs: { media: this.devices.video.value ? 'video' : 'sound', need: this.needVideo.value ? 'video' : 'any' },
      instant: this.instant.value,
      hideAddress: this.hideAddress.value,
    };
    const room = this.room.value;
    if (room !== null) return this.withRules(() => this.client.seek(room, wish));
    const kept = keptKey(tabStore);
    if (kept) this.client.open(kept.key, kept.seat, wish);
    else this.linkTrouble.value = 'none';
  }

  /** To somebody else, or to the same private call again. A room is entered by its rules, each time. */
  next(): void {
    const goOn = (): void => this.client.act('next');
    if (this.view.value.call.kind === 'room') this.withRules(goOn);
    else goOn();
  }

  /** How long somebody has been looked for here, ms. */
  get searchedFor(): number {
    return this.now.value - this.searchedSince;
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

  /** Whom nobody met there is nothing to say about, nor whom the server has forgotten, unless that is to be said. */
  get hasMet(): boolean {
    const { about, noted } = this.view.value.call;
    return this.client.timings.accepted !== null && (about !== null || noted.block !== false || noted.report !== false);
  }

  /** About the last person, while the next is looked for: nobody is to be found while somebody writes. */
  reportLast(): void {
    this.client.act('leave');
    this.sheet.value = { kind: 'report_last' };
  }

  closeReport(): void {
    this.sheet.value = null;
    this.next();
  }

  // ---- what is kept on this device

  /** Strangers are met by the rules of the house, agreed to once and again when they change. */
  private withRules(then: () => void): void {
    const mark = rulesMark(this.view.value.features?.rules ?? null);
    // Who is met in a room knows this device again, until the person deletes its token: `seek` tells the server of a new one.
    const meet = (): void => {
      keepDevice(store, this.client.ports.crypto);
      then();
    };
    if (settings.agreed.value === mark) return meet();
    const agree = (): void => {
      settings.agreed.value = mark;
      meet();
    };
    this.sheet.value = { kind: 'rules', then: agree };
  }

  // ---- places

  openGuide(page: Page, part = ''): void {
    this.part = part;
    this.page.value = page;
  }

  closeGuide(): void {
    this.page.value = null;
  }

  /** Where the page is, as the browser's history is to know it. */
  private spot(): Spot {
    const page = this.openPage.value;
    if (page) return { at: page, room: null };
    const { phase, kind, room } = this.view.value.call;
    if (phase !== 'idle') return { at: 'meeting', room: kind === 'room' ? room : null };
    const place = this.place.value;
    return { at: place, room: place === 'ready' ? this.room.value : null };
  }

  /** The person pressed "back" or "forward". A call is not lost by it without a question. */
  private handleMove(spot: Spot): void {
    this.sheet.value = null;
    // A link pasted into the address bar is a move first, and a new fragment only then.
    if (location.hash !== '' && location.pathname === '/p') return this.readAddress();
    if (this.inCall.value) {
      if (spot.at !== 'meeting') this.askToLeave();
      return this.places.want(this.spot());
    }
    this.page.value = isPage(spot.at) ? spot.at : null;
    if (this.page.value) return;
    // One that is over is not gone back to: its entry leads nowhere now. To go on from it instead would lead back to it for ever.
    if (spot.at === 'meeting') return this.places.amend(this.spot());
    this.client.act('home');
    if (spot.at === 'home') return this.backHome();
    if (spot.at === 'private' && this.link.value) {
      // The page with the link shows no preview: nothing is on behind it, and nothing begins from it.
      this.wantsStart.value = false;
      this.devices.release();
      this.place.value = 'private';
      return;
    }
    if (spot.room === null && !this.hasLink) {
      this.backHome();
      return this.places.amend(this.spot());
    }
    this.room.value = spot.room;
    if (this.place.value !== 'ready') this.goReady();
  }

  private askToLeave(then: () => void = () => {}, late: () => void = () => {}): void {
    const leave = (): void => {
      this.client.act('leave');
      then();
    };
    this.sheet.value = { kind: 'leave', then: leave, late };
  }

  /** A link's fragment is read once and taken out of the address bar and the history; the key stays with the tab. */
  private readAddress(): void {
    if (location.pathname !== '/p') return;
    const read = readFragment(location.hash);
    this.places.dropFragment();
    if (!this.inCall.value) return this.takeLink(read);
    if ('key' in read) this.askToLeave(() => this.takeLink(read), () => (this.pasted.value = read));
    else this.linkTrouble.value = read.wrong;
    this.places.want(this.spot());
  }

  openPasted(): void {
    const read = this.pasted.value;
    if (read) this.takeLink(read);
  }

  private takeLink(read: LinkKey): void {
    this.linkTrouble.value = null;
    if ('key' in read) {
      keepKey(tabStore, this.client.ports.crypto, read.key);
      this.link.value = ownLink(tabStore, location.origin);
    } else if (read.wrong !== 'none' || !this.hasLink) {
      this.linkTrouble.value = read.wrong;
      return this.places.amend(this.spot());
    }
    this.openLink();
  }

  private goReady(): void {
    this.client.act('home');
    this.linkTrouble.value = null;
    this.wantsStart.value = false;
    this.page.value = null;
    this.place.value = 'ready';
    void this.devices.prepare();
    // Where it cannot be had now it is asked for again by who looks for somebody, and they are told.
    this.client.prepare().catch(() => {});
  }

  // ---- the world outside

  private follow(): void {
    effect(() => {
      if (!this.wantsStart.value || this.devices.starting.value) return;
      this.wantsStart.value = false;
      if (this.devices.ready) untracked(() => this.begin());
    });
    effect(() => {
      if (this.searched.value !== null) this.searchedSince = performance.now();
    });
    effect(() => this.places.want(this.spot()));
    // A camera that was switched off in a call, or is gone, is not promised to the next partner.
    effect(() => {
      const media = this.devices.video.value ? 'video' : 'sound';
      untracked(() => this.client.bring(media));
    });
    // Numbers of people are told with the server's answer to a question: asked at once where they are shown.
    effect(() => {
      const isCounting = this.screen.value === 'home' || this.screen.value === 'waiting';
      if (isCounting && untracked(() => this.view.value.server === 'open')) this.client.session.ask();
    });
    // What lies over the screen is left behind when somebody is found, and a question about a call with the call.
    effect(() => {
      if (this.page.value && !this.openPage.value) this.page.value = null;
    });
    effect(() => {
      const screen = this.screen.value;
      untracked(() => {
        const sheet = this.sheet.value;
        if (!sheet || !isLate(sheet.kind, screen, this.view.value.call.kind)) return;
        this.sheet.value = null;
        // A link that was pasted is read, and nowhere else any more.
        if (sheet.kind === 'leave') sheet.late();
      });
    });
    // Whoever goes on from the end in another way has done without it.
    effect(() => {
      if (this.screen.value !== 'ended') this.pasted.value = null;
    });
    effect(() => this.client.setSaving({ battery: settings.battery.value === 'on', data: settings.data.value === 'on' }));
    this.alerts.follow();
  }

  private listen(): void {
    // The step that led back is told first.
    const kind = (): Kind | null => this.client.view.call.kind;
    this.client.on('phase', ({ to }) => (this.unmet.value = unmetAfterStep(this.unmet.value, kind(), to)));
    this.client.on('unmatched', (event) => (this.unmet.value = unmetWord(this.unmet.value, kind(), event)));
    // A room is searched anew when the server is back; it is not told twice.
    this.client.on('server', ({ state }) => {
      if (state !== 'open' && this.unmet.value === 'unmet') this.unmet.value = null;
    });
    setInterval(() => (this.now.value = performance.now()), 500);
    setInterval(() => {
      // A server that is away is not asked more often for that; it is when the device wakes up or finds a network.
      const isOpen = this.view.value.server === 'open';
      const isCounting = this.screen.value === 'home' || this.screen.value === 'waiting';
      if (isOpen && isCounting && document.visibilityState === 'visible') this.client.session.ask();
    }, kRoomsPollMs);
    followPage(this.client);
    // Without a fragment there is nothing to read: it was taken out just now.
    addEventListener('hashchange', () => location.hash !== '' && this.readAddress());
  }
}
