import { useSignal } from '@preact/signals';
import { t, type Key } from '../../locales/index.ts';
import { watchFirstFrame } from '../debug.ts';
import type { Model } from '../model.ts';
import { clockTime, Heading, Picture } from '../parts.tsx';
import { Chat } from './chat.tsx';
import { ReportDialog } from './report.tsx';

export function CallScreen({ model }: { model: Model }) {
  const { call, remoteTracks, partnerMedia } = model.view.value;
  const blocked = useSignal(false);
  const reporting = useSignal(false);
  const play = () => {
    const video = document.querySelector<HTMLVideoElement>('[data-testid=remote-video]');
    void video?.play().then(() => (blocked.value = false));
  };
  return (
    <main class="call" data-testid="screen-call">
      <div class="stage">
        <Picture
          tracks={remoteTracks}
          testid="remote-video"
          label={t('call.remote')}
          covered={partnerMedia?.video === false}
          onStarted={(video) => watchFirstFrame(model.client, video)}
          onBlocked={(on) => (blocked.value = on)}
        />
        <TopLine model={model} />
        {blocked.value && (
          <button type="button" class="main play" data-testid="play" onClick={play}>
            {t('call.play')}
          </button>
        )}
        <div class="corner">
          <Picture tracks={[model.devices.video.value]} testid="own-video" label={t('call.own')} own />
        </div>
        {call.shaky && (
          <p class="overlay" role="status">
            {t('call.shaky')}
          </p>
        )}
      </div>
      <Chat model={model} />
      <Controls model={model} onReport={() => (reporting.value = true)} />
      {reporting.value && <ReportDialog model={model} onClose={() => (reporting.value = false)} />}
    </main>
  );
}

function TopLine({ model }: { model: Model }) {
  const { call, path, partnerMedia } = model.view.value;
  const since = model.client.timings.connected;
  const seconds = since === null ? 0 : Math.max(0, Math.floor((model.now.value - since) / 1_000));
  const missing = partnerMedia && missingMedia(partnerMedia);
  return (
    <div class="topline">
      <Heading>{t(call.phase === 'connecting' ? 'call.connecting' : 'call.title')}</Heading>
      <span class="badge" data-testid="path-badge" data-path={path.badge} title={pathTitle(path.badge)}>
        {t(`path.${path.badge}`)}
      </span>
      {call.phase === 'connected' && (
        <span data-testid="call-time" aria-label={t('call.time', { time: clockTime(seconds) })}>
          {clockTime(seconds)}
        </span>
      )}
      <span role="status" data-testid="partner-media">
        {missing && t(missing)}
      </span>
    </div>
  );
}

function pathTitle(badge: 'unknown' | 'direct' | 'own_word' | 'relayed'): string {
  return badge === 'unknown' ? t('path.unknown') : t(`path.${badge}.title`);
}

function missingMedia(media: { video: boolean; sound: boolean }): Key | null {
  if (!media.video && !media.sound) return 'call.partner.both';
  if (!media.video) return 'call.partner.video';
  return media.sound ? null : 'call.partner.sound';
}

function Controls({ model, onReport }: { model: Model; onReport: () => void }) {
  const { devices, client } = model;
  const isRoom = model.view.value.call.kind === 'room';
  const silent = devices.audio.value === null || devices.muted.value;
  const dark = devices.video.value === null;
  return (
    <div class="controls" role="group" aria-label={t('call.controls')}>
      <button type="button" data-testid="mute" aria-pressed={silent} onClick={() => void devices.toggleSound()}>
        {t(silent ? 'call.unmute' : 'call.mute')}
      </button>
      <button type="button" data-testid="camera" aria-pressed={dark} onClick={() => void devices.toggleCamera()}>
        {t(dark ? 'call.camera.on' : 'call.camera.off')}
      </button>
      {isRoom && (
        <button type="button" class="main" data-testid="next" onClick={() => client.act('next')}>
          {t('call.next')}
        </button>
      )}
      <button type="button" class="danger" data-testid="leave" onClick={() => client.act('leave')}>
        {t('call.leave')}
      </button>
      <button type="button" class="quiet" data-testid="block" onClick={() => client.act('block')}>
        {t('call.block')}
      </button>
      <button type="button" class="quiet" data-testid="report" onClick={onReport}>
        {t('call.report')}
      </button>
    </div>
  );
}
