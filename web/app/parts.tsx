// Small parts that several screens use.

import type { ComponentChildren, JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { spoken, t, type Key } from '../locales/index.ts';
import type { Model } from './model.ts';

let isFirst = true;

/** A screen's heading takes the focus when the screen appears, so that a keyboard and a screen reader start there. The first one leaves it
 *  at the top of the page. */
export function Heading(props: { children: ComponentChildren }) {
  const element = useRef<HTMLHeadingElement>(null);
  // Before the screen is painted: the window scrolls to what has the focus.
  useLayoutEffect(() => {
    if (!isFirst) element.current?.focus();
    isFirst = false;
  }, []);
  return (
    <h1 ref={element} tabIndex={-1}>
      {props.children}
    </h1>
  );
}

/** For a button that goes away when it is pressed: the focus would go with it, to the top of the document. */
export function keepFocus(): void {
  document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
}

/** What goes away by itself, or once it has done its work, does not take the focus with it. */
function useFocusKept<E extends HTMLElement>(): { current: E | null } {
  const element = useRef<E>(null);
  // Cleaned up while it is still there; an effect would be when the focus is gone.
  useLayoutEffect(() => {
    const here = element.current!;
    return () => {
      if (here.contains(document.activeElement)) keepFocus();
    };
  }, []);
  return element;
}

export function Passing(props: JSX.IntrinsicElements['div']) {
  return <div {...props} ref={useFocusKept<HTMLDivElement>()} />;
}

export function PassingButton(props: JSX.IntrinsicElements['button']) {
  return <button type="button" {...props} ref={useFocusKept<HTMLButtonElement>()} />;
}

export function Check(props: {
  testid: string;
  checked: boolean;
  disabled?: boolean;
  /** Acts at once. */
  isSwitch?: boolean;
  label: Key;
  note?: Key;
  onChange: (on: boolean) => void;
}) {
  return (
    <label class={props.isSwitch ? 'check switch' : 'check'}>
      <input
        type="checkbox"
        {...(props.isSwitch ? { role: 'switch' as const } : {})}
        data-testid={props.testid}
        checked={props.checked}
        disabled={props.disabled ?? false}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      <span>
        {t(props.label)}
        {props.note && <small>{t(props.note)}</small>}
      </span>
    </label>
  );
}

export function InstantCheck({ model }: { model: Model }) {
  return (
    <Check
      testid="meet-instant"
      checked={model.instant.value}
      label="ready.instant"
      note="ready.instant.text"
      onChange={(on) => model.setInstant(on)}
    />
  );
}

/** Whole seconds as 1:05 or 1:02:05, in the digits of the language. */
export function clockTime(seconds: number): string {
  const digits = (value: number, least: number) => value.toLocaleString(spoken().tag, { minimumIntegerDigits: least, useGrouping: false });
  const [hours, minutes, rest] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  return hours > 0 ? [digits(hours, 1), digits(minutes, 2), digits(rest, 2)].join(':') : `${digits(minutes, 1)}:${digits(rest, 2)}`;
}

export function roomName(model: Model, tag: string | null): string {
  return model.view.value.rooms.find((room) => room.tag === tag)?.name ?? tag ?? '';
}
