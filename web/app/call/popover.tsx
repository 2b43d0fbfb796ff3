// A button that opens a small panel beside it. Its content is ordinary buttons and words; Escape, a press elsewhere and moving on close it.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { CallUi, Panel } from './call_ui.ts';

export interface PopoverProps {
  ui: CallUi;
  panel: Panel;
  testid: string;
  label: string;
  /** What the button says, when it is more than an icon. */
  words?: boolean;
  class: string;
  tip?: string;
  button: ComponentChildren;
  children: ComponentChildren;
  data?: Record<`data-${string}`, string>;
}

export function Popover(props: PopoverProps) {
  const { ui, panel } = props;
  const holder = useRef<HTMLDivElement>(null);
  const isOpen = ui.panel.value === panel;
  useEffect(() => {
    if (!isOpen) return;
    const closeOutside = (event: Event): void => {
      if (!holder.current!.contains(event.target as Node) && ui.panel.peek() === panel) ui.panel.value = null;
    };
    document.addEventListener('pointerdown', closeOutside);
    document.addEventListener('focusin', closeOutside);
    return () => {
      document.removeEventListener('pointerdown', closeOutside);
      document.removeEventListener('focusin', closeOutside);
    };
  }, [isOpen]);
  const id = `popover-${panel}`;
  return (
    <div class={`holder holder-${panel}`} ref={holder}>
      <button
        type="button"
        class={props.class}
        data-testid={props.testid}
        data-tip={props.tip}
        {...(props.words ? {} : { 'aria-label': props.label })}
        {...props.data}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={(event) => ui.toggle(panel, event.currentTarget)}
      >
        {props.button}
      </button>
      {/* Always there for aria-controls; without content while it is closed. */}
      <div id={id} class="popover" role="group" aria-label={props.label} hidden={!isOpen}>
        {isOpen && props.children}
      </div>
    </div>
  );
}
