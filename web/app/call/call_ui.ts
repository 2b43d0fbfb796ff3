// What one call's screen remembers: what is open, what has been read, whether the controls are shown.

import { batch, computed, effect, signal } from '@preact/signals';
import type { ChatLine } from '../../core/client.ts';
import type { Badge } from '../../core/path.ts';
import { t } from '../../locales/index.ts';
import type { Model } from '../model.ts';
import { newLines } from './chat_lines.ts';
import type { Verdict } from './code_standing.ts';
import { ControlsShown, type Hold } from './controls_shown.ts';

/** Of these at most one is open. */
export type Panel = 'path' | 'safety' | 'more' | 'devices' | 'code' | 'made';

const kToastMs = 7_000;

export class CallUi {
  readonly panel = signal<Panel | null>(null);
  readonly chatOpen = signal(false);
  readonly unread = signal(0);
  /** The newest message, for a while, when the chat is closed. */
  readonly toast = signal<string | null>(null);
  /** What a screen reader is told; `turn` makes the same words news again. */
  readonly said = signal({ turn: 0, words: '' });
  readonly shown = signal(true);
  /** The browser wants a click before it plays. */
  readonly mustPlay = signal(false);
  /** What the browser would not do with the picture when it was last asked. */
  readonly refused = signal<'fullscreen' | 'pip' | null>(null);

  /** What the person has found when they compared the safety code. */
  readonly verdict = signal<Verdict | null>(null);

  private readonly model: Model;
  private readonly controls = new ControlsShown(performance.now());
  private hideTimer: ReturnType<typeof setTimeout> | undefined;
  private toastTimer: ReturnType<typeof setTimeout> | undefined;
  private lines: readonly ChatLine[] = [];
  private opener: HTMLElement | null = null;

  constructor(model: Model) {
    this.model = model;
  }

  /** Follows the call until the returned function is called. */
  follow(): () => void {
    this.update();
    // Each is news when it changes, and not whenever something else in the view does.
    const badge = computed(() => this.model.view.value.path.badge);
    const isScreen = computed(() => this.model.view.value.partnerMedia?.screen === true);
    const stops = [
      effect(() => this.holdFor(this.model.view.value)),
      effect(() => this.hold('open', this.panel.value !== null || this.model.sheet.value !== null || this.toast.value !== null)),
      effect(() => this.handleChat(this.model.view.value.chat)),
      effect(() => this.sayConnected(this.model.screen.value === 'connected')),
      effect(() => this.sayPath(badge.value)),
      // What is said of a screen goes with the controls, and is to be seen when it begins.
      effect(() => this.handleScreen(isScreen.value)),
    ];
    return () => {
      for (const stop of stops) stop();
      clearTimeout(this.hideTimer);
      clearTimeout(this.toastTimer);
    };
  }

  // ---- the controls

  sign(): void {
    this.controls.handleSign(performance.now());
    this.update();
  }

  tap(): void {
    this.controls.handleTap(performance.now());
    this.update();
  }

  hold(hold: Hold, on: boolean): void {
    this.controls.handleHold(hold, on, performance.now());
    this.update();
  }

  private holdFor({ call, partnerMedia, remoteTracks }: Model['view']['value']): void {
    this.hold('waiting', call.phase !== 'connected');
    this.hold('shaky', call.shaky);
    this.hold('nothing_to_see', partnerMedia?.video === false || remoteTracks.length === 0);
  }

  private handleScreen(isScreen: boolean): void {
    if (isScreen) this.sign();
  }

  private update(): void {
    const now = performance.now();
    this.shown.value = this.controls.shown(now);
    clearTimeout(this.hideTimer);
    const deadline = this.controls.pollTimeout(now);
    // A timer may fire a little early.
    if (deadline !== null) this.hideTimer = setTimeout(() => this.update(), Math.max(1, deadline - now + 1));
  }

  /** Does something with the picture that the browser may refuse. */
  async ask(what: 'fullscreen' | 'pip', toggle: () => Promise<boolean>): Promise<void> {
    this.refused.value = null;
    if (!(await toggle())) this.refused.value = what;
  }

  // ---- what is open

  toggle(panel: Panel, opener: HTMLElement): void {
    this.opener = opener;
    this.panel.value = this.panel.value === panel ? null : panel;
  }

  /** A dialog in place of the panel it was asked for in: it gives the focus back to what opened that. */
  openDialog(dialog: 'devices' | 'code' | 'made' | 'report'): void {
    this.opener?.focus();
    this.panel.value = dialog === 'report' ? null : dialog;
    if (dialog === 'report') this.model.sheet.value = { kind: dialog };
  }

  /** The innermost of what is open. */
  close(): void {
    if (this.panel.value !== null) {
      this.opener?.focus();
      this.panel.value = null;
    } else if (this.chatOpen.value) {
      this.toggleChat();
    }
  }

  toggleChat(): void {
    // What is hidden cannot keep the focus: it goes back to what opened it.
    if (this.chatOpen.value && document.activeElement?.closest('[data-testid="chat"]')) {
      document.querySelector<HTMLElement>('[data-testid="chat-open"]')?.focus();
    }
    batch(() => {
      this.chatOpen.value = !this.chatOpen.value;
      this.panel.value = null;
      this.unread.value = 0;
      this.toast.value = null;
    });
  }

  private handleChat(chat: readonly ChatLine[]): void {
    const fresh = newLines(this.lines, chat).filter(({ mine }) => !mine);
    this.lines = chat;
    const newest = fresh.at(-1);
    if (!newest) return;
    this.say(t('chat.said', { text: newest.text }));
    if (this.chatOpen.peek()) return;
    this.unread.value = this.unread.peek() + fresh.length;
    this.toast.value = newest.text;
    clearTimeout(this.toastTimer);
    this.toastTimer = setTimeout(() => (this.toast.value = null), kToastMs);
  }

  /** A call that turns to a relay is worth a word; one that is direct is as it should be. */
  private sayPath(badge: Badge): void {
    if (badge === 'relayed') this.say(t('path.relayed.title'));
  }

  private sayConnected(connected: boolean): void {
    if (connected) this.say(t('call.connected'));
  }

  private say(words: string): void {
    this.said.value = { turn: this.said.peek().turn + 1, words };
  }
}
