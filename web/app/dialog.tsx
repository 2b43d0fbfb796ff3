// What lies over a screen. The browser keeps the focus inside, closes it with Escape and gives the focus back.

import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../locales/index.ts';
import { Close } from './icons.tsx';

export interface DialogProps {
  testid: string;
  title: string;
  /** What there is to decide: below what scrolls. */
  actions?: ComponentChildren;
  /** Words to read and nothing to press among them. */
  isText?: boolean;
  onClose: () => void;
  children: ComponentChildren;
}

export function Dialog(props: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const pressed = useRef<EventTarget | null>(null);
  const gone = useRef(false);
  const opener = useRef<Element | null>(null);
  // At once: a key pressed before the next painting would move the focus under it, and closing would give it back there.
  useLayoutEffect(() => {
    const dialog = element.current!;
    opener.current = document.activeElement;
    dialog.showModal();
    dialog.querySelector<HTMLElement>('h2')?.focus();
  }, []);
  useEffect(() => {
    const dialog = element.current!;
    return () => {
      gone.current = true;
      dialog.close();
      // What had it may be gone with its screen, as when a call ends under a report on it.
      const before = opener.current;
      if (before instanceof HTMLElement && before.isConnected) before.focus();
      else document.querySelector<HTMLElement>('main h1')?.focus();
    };
  }, []);
  // The event comes after the dialog has left the page, when another may lie there.
  const close = (): void => {
    if (!gone.current) props.onClose();
  };
  // Beside it, pressed and let go: a selection of text may end there too.
  const press = (event: MouseEvent): void => {
    if (event.target === element.current && pressed.current === element.current) close();
  };
  const id = `${props.testid}-title`;
  return (
    <dialog
      ref={element}
      data-testid={props.testid}
      aria-labelledby={id}
      onClose={close}
      onPointerDown={(event) => (pressed.current = event.target)}
      onClick={press}
    >
      <div class="sheet">
        <header>
          <h2 id={id} tabIndex={-1}>
            {props.title}
          </h2>
          <button type="button" class="round quiet" data-testid={`${props.testid}-close`} aria-label={t('close')} onClick={props.onClose}>
            <Close />
          </button>
        </header>
        {/* Where there is nothing in it to go to, the keyboard scrolls it. */}
        <div class="sheet-body" {...(props.isText ? { tabIndex: 0, role: 'group', 'aria-labelledby': id } : {})}>
          {props.children}
        </div>
        {props.actions && <div class="row end">{props.actions}</div>}
      </div>
    </dialog>
  );
}
