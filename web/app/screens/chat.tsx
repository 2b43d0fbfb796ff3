// What the two write to each other: beside the picture where there is room, else a sheet below it.

import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { ChatLine } from '../../core/client.ts';
import { kChatLettersMax } from '../../core/protocol.ts';
import { t } from '../../locales/index.ts';
import type { CallUi } from '../call/call_ui.ts';
import { follows, newLines } from '../call/chat_lines.ts';
import { splitLinks } from '../call/links.ts';
import { isComposing } from '../call/shortcuts.ts';
import { Close, Send } from '../icons.tsx';
import type { Model } from '../model.ts';
import { direction } from '../words.ts';

const kRowsMax = 5;

export function ChatPanel({ model, ui }: { model: Model; ui: CallUi }) {
  const isOpen = ui.chatOpen.value;
  const input = useRef<HTMLTextAreaElement>(null);
  // Before the next key: it is the first letter of a message, not a shortcut.
  useLayoutEffect(() => {
    if (isOpen) input.current!.focus();
  }, [isOpen]);
  return (
    <section class="chat" aria-label={t('chat.title')} data-testid="chat" hidden={!isOpen}>
      <header>
        <h2>{t('chat.title')}</h2>
        <button type="button" class="round quiet" data-testid="chat-close" aria-label={t('chat.close')} onClick={() => ui.toggleChat()}>
          <Close />
        </button>
      </header>
      <Log model={model} isOpen={isOpen} />
      <Write model={model} input={input} />
    </section>
  );
}

function Log({ model, isOpen }: { model: Model; isOpen: boolean }) {
  const { chat } = model.view.value;
  const log = useRef<HTMLUListElement>(null);
  // Whoever reads older messages is not pulled away from them, but to what they write themselves.
  const reading = useRef({ isFollowing: true, at: 0 });
  const seen = useRef(chat);
  const unseen = useSignal(0);
  const toEnd = (): void => {
    log.current!.scrollTop = log.current!.scrollHeight;
    // Noted here, because the browser tells of it only with the next drawing, and then as one move with any of the reader's before that.
    reading.current.at = log.current!.scrollTop;
    unseen.value = 0;
  };
  useEffect(() => void (reading.current.isFollowing = true), [isOpen]);
  useEffect(() => {
    const fresh = newLines(seen.current, chat).length;
    seen.current = chat;
    if (!isOpen) return;
    if (reading.current.isFollowing || chat.at(-1)?.mine) toEnd();
    else unseen.value += fresh;
  }, [chat, isOpen]);
  const scrolled = ({ currentTarget }: { currentTarget: HTMLElement }): void => {
    const { isFollowing, at } = reading.current;
    reading.current = { isFollowing: follows(isFollowing, at, currentTarget), at: currentTarget.scrollTop };
    if (reading.current.isFollowing) unseen.value = 0;
  };
  const goDown = (): void => {
    // The button goes away under the focus.
    log.current!.focus();
    reading.current.isFollowing = true;
    toEnd();
  };
  return (
    <div class="log">
      {/* New messages are said by the call screen, whether this is open or not. */}
      <ul ref={log} data-testid="chat-log" tabIndex={0} aria-label={t('chat.title')} onScroll={scrolled}>
        {chat.length === 0 && <li class="empty small">{t('chat.empty')}</li>}
        {chat.map((line) => (
          <li key={keyOf(line)} class={line.mine ? 'mine' : 'theirs'} data-testid={line.mine ? 'chat-mine' : 'chat-theirs'}>
            <span class="hidden">{t(line.mine ? 'chat.mine' : 'chat.theirs')}: </span>
            <Words text={line.text} />
          </li>
        ))}
      </ul>
      {unseen.value > 0 && (
        <button type="button" class="main small" data-testid="chat-new" onClick={goDown}>
          {t('chat.unread', { n: unseen.value })}
        </button>
      )}
    </div>
  );
}

/** The list forgets its oldest lines: a place in it is no name. */
const keys = new WeakMap<ChatLine, number>();
let named = 0;

function keyOf(line: ChatLine): number {
  const key = keys.get(line) ?? ++named;
  keys.set(line, key);
  return key;
}

function Words({ text }: { text: string }) {
  return (
    <span class="message" dir="auto">
      {splitLinks(text).map((piece, at) =>
        piece.href === null ? (
          piece.text
        ) : (
          <a key={at} href={piece.href} target="_blank" rel="noopener noreferrer nofollow">
            {/* An address runs from left to right, whichever way the words around it do. */}
            <bdi dir="ltr">{piece.text}</bdi>
          </a>
        ),
      )}
    </span>
  );
}

function Write({ model, input }: { model: Model; input: { current: HTMLTextAreaElement | null } }) {
  const draft = useSignal('');
  const failed = useSignal(false);
  const send = (event: Event) => {
    event.preventDefault();
    const text = draft.value.trim();
    if (text === '') return;
    failed.value = !model.client.sendChat(text);
    if (!failed.value) draft.value = '';
    input.current!.focus();
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && !event.shiftKey && !isComposing(event)) send(event);
  };
  return (
    <form onSubmit={send}>
      <p role="alert" class="small failed">
        {failed.value && t('chat.failed')}
      </p>
      <textarea
        ref={input}
        data-testid="chat-input"
        aria-label={t('chat.input')}
        placeholder={t('chat.input')}
        maxLength={kChatLettersMax}
        rows={Math.min(kRowsMax, draft.value.split('\n').length)}
        enterkeyhint="send"
        autoComplete="off"
        dir={direction(draft.value)}
        value={draft.value}
        onInput={(event) => (draft.value = event.currentTarget.value)}
        onKeyDown={key}
      />
      <button type="submit" class="round main" data-testid="chat-send" aria-label={t('chat.send')}>
        <Send />
      </button>
    </form>
  );
}
