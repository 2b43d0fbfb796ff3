import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { kChatLettersMax } from '../../core/protocol.ts';
import { t } from '../../locales/index.ts';
import type { Model } from '../model.ts';

export function Chat({ model }: { model: Model }) {
  const { chat } = model.view.value;
  const draft = useSignal('');
  const failed = useSignal(false);
  const log = useRef<HTMLUListElement>(null);
  useEffect(() => {
    if (log.current) log.current.scrollTop = log.current.scrollHeight;
  }, [chat.length]);
  const send = (event: Event) => {
    event.preventDefault();
    const text = draft.value.trim();
    if (text === '') return;
    failed.value = !model.client.sendChat(text);
    if (!failed.value) draft.value = '';
  };
  return (
    <section class="chat" aria-label={t('chat.title')}>
      <ul ref={log} role="log" data-testid="chat-log" tabIndex={0}>
        {chat.length === 0 && <li class="small">{t('chat.empty')}</li>}
        {chat.map((line, at) => (
          <li key={at} class={line.mine ? 'mine' : 'theirs'} data-testid={line.mine ? 'chat-mine' : 'chat-theirs'} dir="auto">
            <span class="hidden">{t(line.mine ? 'chat.mine' : 'chat.theirs')}: </span>
            <span>{line.text}</span>
          </li>
        ))}
      </ul>
      {failed.value && <p role="alert">{t('chat.failed')}</p>}
      <form onSubmit={send}>
        <input
          type="text"
          data-testid="chat-input"
          aria-label={t('chat.input')}
          placeholder={t('chat.input')}
          maxLength={kChatLettersMax}
          autoComplete="off"
          dir="auto"
          value={draft.value}
          onInput={(event) => (draft.value = event.currentTarget.value)}
        />
        <button type="submit" data-testid="chat-send">
          {t('chat.send')}
        </button>
      </form>
    </section>
  );
}
