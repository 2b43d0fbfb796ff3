// How the page makes itself heard: its title, a notification while it is hidden, and soft sounds. Each happens when a meeting moves on.

import { effect, signal, untracked } from '@preact/signals';
import type { EndReason, Phase } from '../core/call_state.ts';
import { t, type Key } from '../locales/index.ts';
import type { Model } from './model.ts';
import { settings } from './settings.ts';
import { playSound, wakeSound, type Sound } from './sounds.ts';

export type NoticeState = 'none' | 'denied' | 'off' | 'on';

/** The partner's doing, or the path's: what this person did makes no sound. */
const kOthersDoing: readonly (EndReason | null)[] = ['left', 'next', 'lost', 'gone', 'fingerprint', 'failed'];

export function soundOf(before: Phase, now: Phase, reason: EndReason | null): Sound | null {
  if (before === now) return null;
  if (now === 'card') return 'found';
  if (now === 'connected') return 'joined';
  return now === 'ended' && (before === 'connected' || before === 'connecting') && kOthersDoing.includes(reason) ? 'left' : null;
}

/** What a notification says while the page is hidden: null is nothing any more, `same` is what it said before. */
export function noticeOf(before: Phase, now: Phase, isPrivate: boolean): { title: Key; text: Key } | 'same' | null {
  // Connected comes right behind connecting: closed then, it would not have been seen.
  if (before === now || (before === 'connecting' && now === 'connected')) return 'same';
  if (now === 'card') return { title: 'tell.found', text: 'tell.found.text' };
  // Nobody asks: "meet right away", a private call, or an answer given before the page was left.
  if (now === 'connecting') return { title: isPrivate ? 'tell.joined' : 'tell.found', text: 'tell.call.text' };
  return null;
}

export function titleOf(phase: Phase): Key | null {
  switch (phase) {
    case 'seeking':
      return 'tell.title.waiting';
    case 'card':
    case 'accepting':
      return 'tell.title.found';
    case 'connecting':
    case 'connected':
      return 'tell.title.call';
    default:
      return null;
  }
}

export class Alerts {
  private readonly model: Model;
  private readonly permission = signal(permissionNow());
  /** The browser has the interface and refuses pages the use of it, as Chrome on Android does. */
  private refused = false;
  private phase: Phase = 'idle';
  private shown: Notification | null = null;

  constructor(model: Model) {
    this.model = model;
  }

  follow(): void {
    effect(() => {
      const { call } = this.model.view.value;
      const { phase, kind, reason } = call;
      untracked(() => this.handlePhase(phase, kind === 'private', reason));
    });
    effect(() => {
      // A private call goes through "accepting" by itself: to the person it is still waiting.
      const { phase, kind } = this.model.view.value.call;
      const title = titleOf(kind === 'private' && phase === 'accepting' ? 'seeking' : phase);
      document.title = title ? `${t(title)} · ${t('app.name')}` : t('app.name');
    });
    // Not on the start screen: a page that may sound can stop the music of a phone.
    const wake = (): void => {
      if (settings.sounds.value !== 'off' && this.model.screen.value !== 'home') wakeSound();
    };
    for (const gesture of ['pointerdown', 'keydown']) addEventListener(gesture, wake, { capture: true, passive: true });
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.clear();
    });
  }

  get notices(): NoticeState {
    const permission = this.permission.value;
    if (permission === 'none' || permission === 'denied') return permission;
    return permission === 'granted' && settings.notices.value === 'on' ? 'on' : 'off';
  }

  /** By the person's own click: the browser asks them. Whether it then does what it was allowed to is only seen by trying,
   *  with words that are true where it is seen for a moment. */
  async setNotices(on: boolean): Promise<void> {
    settings.notices.value = on ? 'on' : null;
    if (!on || !('Notification' in window)) return;
    await Notification.requestPermission();
    if (permissionNow() === 'granted') this.show('app.name', 'waiting.tell.on', { silent: true })?.close();
    this.lookAgain();
  }

  /** The permission may have been changed in the browser's own settings. */
  lookAgain(): void {
    this.permission.value = this.refused ? 'none' : permissionNow();
  }

  private handlePhase(phase: Phase, isPrivate: boolean, reason: EndReason | null): void {
    const sound = soundOf(this.phase, phase, reason);
    const notice = noticeOf(this.phase, phase, isPrivate);
    this.phase = phase;
    if (sound && settings.sounds.value !== 'off') playSound(sound);
    if (notice === 'same') return;
    this.clear();
    if (notice) this.notify(notice.title, notice.text);
  }

  private notify(title: Key, text: Key): void {
    if (document.visibilityState === 'visible' || this.notices !== 'on') return;
    this.shown = this.show(title, text);
    if (!this.shown) return;
    this.shown.onclick = () => {
      window.focus();
      this.clear();
    };
  }

  private show(title: Key, text: Key, options: NotificationOptions = {}): Notification | null {
    const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]')?.href ?? '';
    try {
      return new Notification(t(title), { body: t(text), tag: 'visavis', icon, lang: document.documentElement.lang, ...options });
    } catch {
      this.refused = true;
      this.lookAgain();
      return null;
    }
  }

  private clear(): void {
    this.shown?.close();
    this.shown = null;
  }
}

function permissionNow(): NotificationPermission | 'none' {
  return 'Notification' in window ? Notification.permission : 'none';
}
