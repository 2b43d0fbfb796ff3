import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { toBase64url } from '../../core/bytes.ts';
import { forgetDevice, keptDevice } from '../../core/device.ts';
import { kReportSeconds } from '../../core/protocol.ts';
import { g, t, type GuideKey } from '../../locales/index.ts';
import { bestOffer, kOffers } from '../../locales/languages.ts';
import { Dialog } from '../dialog.tsx';
import { Trash } from '../icons.tsx';
import type { Model } from '../model.ts';
import { roomName } from '../parts.tsx';
import { settings, store, themeOf } from '../settings.ts';
import { duration } from '../words.ts';

interface Thing {
  id: string;
  name: GuideKey;
  text?: GuideKey;
  value: string | null;
  isCode?: boolean;
  remove: () => void;
}

function things(model: Model): Thing[] {
  const { room, language, theme, sounds, notices, agreed, devices, shortcuts, battery, data } = settings;
  const device = keptDevice(store);
  const forget = (kept: { value: string | null }) => () => void (kept.value = null);
  return [
    { id: 'room', name: 'kept.room', text: 'kept.room.text', value: room.value && roomName(model, room.value), remove: forget(room) },
    {
      id: 'agreed',
      name: 'kept.agreed',
      text: 'kept.agreed.text',
      value: agreed.value && g('kept.agreed.yes'),
      remove: forget(agreed),
    },
    { id: 'language', name: 'kept.language', text: 'kept.language.text', value: languageName(language.value), remove: forget(language) },
    { id: 'theme', name: 'kept.theme', value: theme.value && t(`settings.theme.${themeOf()}`), remove: forget(theme) },
    { id: 'sounds', name: 'kept.sounds', value: sounds.value && g('kept.off'), remove: forget(sounds) },
    { id: 'notices', name: 'kept.notices', text: 'kept.notices.text', value: notices.value && g('kept.on'), remove: forget(notices) },
    { id: 'devices', name: 'kept.devices', text: 'kept.devices.text', value: devices.value && g('kept.devices.yes'), remove: forget(devices) },
    { id: 'shortcuts', name: 'kept.shortcuts', value: shortcuts.value && g('kept.off'), remove: forget(shortcuts) },
    { id: 'battery', name: 'kept.battery', value: battery.value && g('kept.on'), remove: forget(battery) },
    { id: 'data', name: 'kept.data', value: data.value && g('kept.on'), remove: forget(data) },
    { id: 'key', name: 'kept.key', text: 'kept.key.text', value: model.hasLink ? g('kept.key.yes') : null, remove: () => model.forgetLink() },
    {
      id: 'device',
      name: 'kept.device',
      text: 'kept.device.text',
      value: device && toBase64url(device),
      isCode: true,
      remove: () => forgetDevice(store),
    },
  ];
}

function languageName(tag: string | null): string | null {
  return tag && (kOffers.find((offer) => offer.tag === bestOffer([tag]).tag)?.name ?? tag);
}

export function KeptSheet({ model }: { model: Model }) {
  // The device's token and the tab's key are not signals: what is deleted is looked up again.
  const deleted = useSignal(0);
  const said = useRef<HTMLSpanElement>(null);
  const list = things(model);
  const remove = (which: readonly Thing[]): void => {
    for (const thing of which) thing.remove();
    deleted.value += 1;
    // The button that was pressed is gone with what it deleted.
    said.current?.focus();
  };
  const kept = list.filter(({ value }) => value !== null);
  return (
    <Dialog testid="kept-dialog" title={g('kept.title')} onClose={() => (model.sheet.value = null)}>
      <p>{g('kept.lead')}</p>
      <dl class="kept">
        {kept.map((thing) => (
          <Row key={thing.id} thing={thing} onDelete={() => remove([thing])} />
        ))}
      </dl>
      {kept.length === 0 ? <p>{g('kept.none')}</p> : <NotKept names={list.filter((thing) => thing.value === null).map(({ name }) => g(name))} />}
      <div class="row">
        {kept.length > 0 && (
          <button type="button" data-testid="kept-all" onClick={() => remove(kept)}>
            <Trash />
            {g('kept.all')}
          </button>
        )}
        <span ref={said} tabIndex={-1} role="status" data-testid="kept-deleted">
          {deleted.value > 0 && g('kept.deleted')}
        </span>
      </div>
      <section>
        <h3>{g('kept.muted.title')}</h3>
        <p>{g('kept.muted', { battery: t('saving.battery') })}</p>
      </section>
      <section>
        <h3>{g('kept.server.title')}</h3>
        <p>{g('kept.server', { time: duration(model.view.value.features?.report_seconds ?? kReportSeconds) })}</p>
      </section>
    </Dialog>
  );
}

function NotKept({ names }: { names: readonly string[] }) {
  if (names.length === 0) return null;
  return (
    <div class="small">
      <p>{g('kept.not')}</p>
      <ul class="tips">
        {names.map((name) => (
          <li key={name}>{name}</li>
        ))}
      </ul>
    </div>
  );
}

function Row({ thing, onDelete }: { thing: Thing; onDelete: () => void }) {
  const { id, name, text, value, isCode } = thing;
  return (
    <div>
      <dt>{g(name)}</dt>
      <dd data-testid={`kept-${id}`}>{isCode ? <code>{value}</code> : <bdi>{value}</bdi>}</dd>
      {text && <dd class="small">{g(text)}</dd>}
      {id === 'device' && <dd class="small">{g('kept.device.delete')}</dd>}
      <dd class="act">
        <button
          type="button"
          class="quiet"
          data-testid={`kept-${id}-delete`}
          aria-label={g('kept.delete.named', { name: g(name) })}
          onClick={onDelete}
        >
          <Trash />
          {g('kept.delete')}
        </button>
      </dd>
    </div>
  );
}
