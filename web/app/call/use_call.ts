// What a call needs of the page around it while it lasts.

import { useEffect, useLayoutEffect } from 'preact/hooks';
import { keepAwake } from '../../browser/wake_lock.ts';
import type { Model } from '../model.ts';
import { settings } from '../settings.ts';
import type { CallUi } from './call_ui.ts';
import { actionOf } from './shortcuts.ts';
import { leaveFloat, leaveFull, toggleFull, watchFull } from './stage_view.ts';

/** The screen stays on while the two are connected. */
export function useWakeLock(model: Model): void {
  const connected = model.screen.value === 'connected';
  useEffect(() => (connected ? keepAwake() : undefined), [connected]);
}

/** Closing the tab would end the call, be it one that only begins: the browser asks first, in its own words. */
export function useLeaveQuestion(): void {
  // Gone together with the call: what is only an effect is undone after the next picture is painted, and would still ask until then.
  useLayoutEffect(() => {
    const ask = (event: BeforeUnloadEvent): void => {
      event.preventDefault();
      // Safari before 17 wants it so.
      event.returnValue = true;
    };
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, []);
}

/** Full screen, a floating picture and a shared screen end with the call. */
export function useEndings(model: Model): void {
  useEffect(() => {
    const unwatch = watchFull();
    return () => {
      unwatch();
      void leaveFull();
      void leaveFloat();
      model.devices.stopSharing();
    };
  }, []);
}

/** Tells what lies around an element how high it is: controls wrap when letters are large. */
export function useHeight(element: { current: HTMLElement | null }, name: `--${string}`): void {
  useEffect(() => {
    const { parentElement } = element.current!;
    const observer = new ResizeObserver(([entry]) => parentElement!.style.setProperty(name, `${(entry!.target as HTMLElement).offsetHeight}px`));
    observer.observe(element.current!);
    return () => observer.disconnect();
  }, []);
}

/** A phone's keyboard covers the page in some browsers instead of making it smaller. */
export function useVisibleHeight(root: { current: HTMLElement | null }): void {
  useEffect(() => {
    const view = window.visualViewport;
    if (!view) return;
    const fit = (): void => {
      // Zoomed in by two fingers, the page keeps its size.
      if (view.scale > 1.01) return;
      root.current?.style.setProperty('--seen', `${view.height}px`);
      root.current?.style.setProperty('--seen-top', `${view.offsetTop}px`);
    };
    view.addEventListener('resize', fit);
    view.addEventListener('scroll', fit);
    fit();
    return () => {
      view.removeEventListener('resize', fit);
      view.removeEventListener('scroll', fit);
    };
  }, []);
}

const isWriting = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || target.matches('input:not([type=checkbox], [type=radio]), textarea, select'));

export function useShortcuts(model: Model, ui: CallUi, video: () => HTMLVideoElement): void {
  useEffect(() => {
    const act = (event: KeyboardEvent): void => {
      // A dialog has the keyboard to itself.
      if (event.defaultPrevented || document.querySelector('dialog[open]')) return;
      const action = actionOf(event, { on: settings.shortcuts.value !== 'off', writing: isWriting(event.target) });
      if (action === 'mute') void model.devices.toggleSound();
      else if (action === 'camera') void model.devices.toggleCamera();
      else if (action === 'chat') ui.toggleChat();
      else if (action === 'fullscreen') void ui.ask('fullscreen', () => toggleFull(video()));
      else if (action === 'close') ui.close();
      // The letter that opened the chat is not its first one.
      if (action !== null && action !== 'close') event.preventDefault();
    };
    document.addEventListener('keydown', act);
    return () => document.removeEventListener('keydown', act);
  }, []);
}

/** Shows the controls at every sign of a person, and keeps them where one is busy with them. */
export function useControlsShown(ui: CallUi, root: { current: HTMLElement | null }): void {
  useEffect(() => {
    const call = root.current!;
    const isChrome = (target: EventTarget | null): boolean => target instanceof Element && target.closest('.chrome') !== null;
    const move = (event: PointerEvent): void => {
      if (event.pointerType === 'touch') return;
      ui.sign();
      ui.hold('hover', isChrome(event.target));
    };
    const press = (event: PointerEvent): void => {
      if (event.pointerType !== 'touch' || isChrome(event.target)) ui.sign();
    };
    const focus = (event: FocusEvent): void => ui.hold('focus', isChrome(event.target) && (event.target as Element).matches(':focus-visible'));
    const signs: [string, (event: never) => void][] = [
      ['pointermove', move],
      ['pointerdown', press],
      ['pointerleave', () => ui.hold('hover', false)],
      ['focusin', focus],
      ['focusout', () => ui.hold('focus', false)],
    ];
    for (const [name, hear] of signs) call.addEventListener(name, hear as EventListener);
    // A key that works from anywhere, such as a letter that mutes, is pressed with the focus on nothing after a touch.
    const key = (): void => ui.sign();
    document.addEventListener('keydown', key);
    const stop = ui.follow();
    // Written at once, not with the next drawing: the press that follows a movement must find the buttons there.
    const unsubscribe = ui.shown.subscribe((shown) => (call.dataset['controls'] = shown ? 'shown' : 'hidden'));
    return () => {
      for (const [name, hear] of signs) call.removeEventListener(name, hear as EventListener);
      document.removeEventListener('keydown', key);
      stop();
      unsubscribe();
    };
  }, []);
}
