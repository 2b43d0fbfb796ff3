import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Room } from '../../core/protocol.ts';
import { spoken, t } from '../../locales/index.ts';
import { Link, Lock, Plus, Search } from '../icons.tsx';
import type { Model } from '../model.ts';
import { Heading } from '../parts.tsx';
import { arrange, LanguageNames, matches } from '../rooms.ts';
import { settings } from '../settings.ts';

/** More than these are asked for. */
const kRoomsShown = 12;

export function Home({ model }: { model: Model }) {
  const { features, server } = model.view.value;
  const kind = features === null ? ' asking' : features.rooms ? ' with-rooms' : '';
  return (
    <main class={`page home${kind}`} data-testid="screen-home">
      <div class="hero">
        <Heading>{t('app.promise')}</Heading>
        <p class="lead">{t('app.promise.text')}</p>
      </div>
      {features === null && server !== 'lost' && <p class="small">{t('home.loading')}</p>}
      {features && !features.rooms && (
        <p class="closed" data-testid="rooms-closed" data-why={features.rooms_closed}>
          <Lock />
          <span>{t(features.rooms_closed === 'no_contact' ? 'home.closed.no_contact' : 'home.closed.operator')}</span>
        </p>
      )}
      {features?.rooms && <LastRoom model={model} />}
      {features && <PrivateCall model={model} isOffered={features.private} isFirst={!features.rooms} />}
      {features?.rooms && <Rooms model={model} />}
    </main>
  );
}

function PrivateCall({ model, isOffered, isFirst }: { model: Model; isOffered: boolean; isFirst: boolean }) {
  if (!isOffered) {
    return (
      <p class="small private-call" data-testid="private-closed">
        {t('home.private.closed')}
      </p>
    );
  }
  return (
    <section class="panel private-call" aria-labelledby="private-heading">
      <h2 id="private-heading">{t('home.private')}</h2>
      <p>{t('home.private.text')}</p>
      <div class="row">
        {model.hasLink && (
          <button type="button" class="main" data-testid="private-again" onClick={() => model.resumeLink()}>
            <Link />
            {t('home.private.again')}
          </button>
        )}
        <button type="button" class={isFirst && !model.hasLink ? 'main' : ''} data-testid="private-new" onClick={() => model.newLink()}>
          <Plus />
          {t('home.private.new')}
        </button>
      </div>
    </section>
  );
}

function Rooms({ model }: { model: Model }) {
  const { rooms } = model.view.value;
  const words = useSignal('');
  const isAll = useSignal(false);
  const { tag } = spoken();
  const names = useMemo(() => [...new Set([tag, 'en'])].map((each) => new LanguageNames(each)), [tag]);
  // The order stays as it was first drawn: a list that moves under the finger is a wrong room.
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  // The button that showed the rest is gone: the focus goes on where the rest begins.
  useEffect(() => {
    if (isAll.value) list.current?.querySelectorAll('button')[kRoomsShown]?.focus();
  }, [isAll.value]);
  const clear = (): void => {
    words.value = '';
    field.current?.focus();
  };
  const tags = rooms.map((room) => room.tag).join(' ');
  const order = useMemo(() => arrange(rooms, [tag, ...navigator.languages]), [tags]);
  const byTag = new Map(rooms.map((room) => [room.tag, room]));
  const last = words.value === '' ? settings.room.value : null;
  const found = order.flatMap((each) => byTag.get(each) ?? []).filter((room) => room.tag !== last && matches(room, names, words.value));
  const isShort = !isAll.value && words.value === '' && found.length > kRoomsShown + 1;
  const shown = isShort ? found.slice(0, kRoomsShown) : found;
  return (
    <section class="rooms-part" aria-labelledby="rooms-heading">
      <h2 id="rooms-heading">{t('home.rooms')}</h2>
      {rooms.length > kRoomsShown && (
        <label class="search">
          <Search />
          <span class="hidden">{t('home.search')}</span>
          <input
            ref={field}
            type="search"
            data-testid="search-rooms"
            placeholder={t('home.search')}
            autoComplete="off"
            enterkeyhint="search"
            value={words.value}
            onInput={(event) => (words.value = event.currentTarget.value)}
          />
        </label>
      )}
      <ul ref={list} class="rooms" data-testid="rooms">
        {shown.map((room) => (
          <li key={room.tag}>
            <RoomButton room={room} name={names[0]!.of(room.tag)} model={model} />
          </li>
        ))}
      </ul>
      {isShort && (
        <button type="button" class="wide" data-testid="rooms-all" onClick={() => (isAll.value = true)}>
          {t('home.all', { n: found.length - kRoomsShown })}
        </button>
      )}
      <div role="status">
        {found.length === 0 && words.value !== '' && (
          <p class="row">
            <span data-testid="rooms-none">{t('home.search.none')}</span>
            <button type="button" data-testid="search-clear" onClick={clear}>
              {t('home.search.clear')}
            </button>
          </p>
        )}
      </div>
    </section>
  );
}

/** Where this device was last, offered before everything else. */
function LastRoom({ model }: { model: Model }) {
  const room = model.view.value.rooms.find(({ tag }) => tag === settings.room.value);
  if (!room) return null;
  const { tag } = spoken();
  return (
    <section class="last-room" aria-labelledby="last-heading">
      <h2 id="last-heading">{t('home.again')}</h2>
      <RoomButton room={room} name={new LanguageNames(tag).of(room.tag)} model={model} />
    </section>
  );
}

function RoomButton({ room, name, model }: { room: Room; name: string | null; model: Model }) {
  const { tag, dir, waiting, lately } = room;
  const isSame = name === null || name.toLowerCase() === room.name.toLowerCase();
  return (
    <button type="button" class="room" data-testid={`room-${tag}`} data-waiting={waiting} onClick={() => model.pickRoom(tag)}>
      <span class="room-name" lang={tag} dir={dir}>
        {room.name}
      </span>
      {!isSame && <span class="room-other">{name}</span>}
      <span class={waiting > 0 ? 'room-count some' : 'room-count'}>{presence(waiting, lately)}</span>
    </button>
  );
}

function presence(waiting: number, lately: number): string {
  if (waiting > 0) return t('home.waiting', { n: waiting });
  return lately > 0 ? t('home.lately', { n: lately }) : t('home.nobody');
}
