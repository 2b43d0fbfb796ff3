// Below the picture: what a person does with the call.

import { spoken, t } from '../../locales/index.ts';
import { Camera, CameraOff, Chat, Leave, Mic, MicOff, Next, ScreenShare, type Icon } from '../icons.tsx';
import type { Model } from '../model.ts';
import type { CallUi } from './call_ui.ts';
import { MoreMenu } from './more_menu.tsx';

/** More than these are only "many". */
const kCountMax = 99;
const written = (count: number): string => count.toLocaleString(spoken().tag);

interface ControlProps {
  testid: string;
  icon: Icon;
  /** The same whatever the state, which `pressed` or `expanded` tells. */
  name: string;
  /** What pressing does now, for whoever points. */
  tip: string;
  pressed?: boolean;
  expanded?: boolean;
  count?: number;
  onClick: () => void;
}

function Control({ testid, icon: ControlIcon, name, tip, pressed, expanded, count, onClick }: ControlProps) {
  const label = count ? `${name}: ${t('chat.unread', { n: count })}` : name;
  return (
    <button
      type="button"
      class="round stage-button"
      data-testid={testid}
      data-tip={tip}
      aria-label={label}
      {...(pressed === undefined ? {} : { 'aria-pressed': pressed })}
      {...(expanded === undefined ? {} : { 'aria-expanded': expanded })}
      onClick={onClick}
    >
      <ControlIcon />
      {/* For the eye alone: the name says it in words, in some languages without a figure. */}
      {count ? <span class="count" data-count={count > kCountMax ? `${written(kCountMax)}+` : written(count)} /> : null}
    </button>
  );
}

const canShare = (): boolean => 'getDisplayMedia' in navigator.mediaDevices;

export function ControlBar({ model, ui, video }: { model: Model; ui: CallUi; video: () => HTMLVideoElement }) {
  const { devices } = model;
  const silent = devices.audio.value === null || devices.muted.value;
  const dark = devices.video.value === null;
  const sharing = devices.screen.value !== null;
  // All of them in one row of a phone, if they are a little smaller.
  const isMany = canShare() && model.view.value.call.kind === 'room';
  return (
    <div class={isMany ? 'call-bar chrome many' : 'call-bar chrome'} role="group" aria-label={t('call.controls')}>
      <Control
        testid="mute"
        icon={silent ? MicOff : Mic}
        name={t('call.mute')}
        tip={t(silent ? 'call.unmute' : 'call.mute')}
        pressed={silent}
        onClick={() => void devices.toggleSound()}
      />
      <Control
        testid="camera"
        icon={dark ? CameraOff : Camera}
        name={t('call.camera.off')}
        tip={t(dark ? 'call.camera.on' : 'call.camera.off')}
        pressed={dark}
        onClick={() => void devices.toggleCamera()}
      />
      {canShare() && (
        <Control
          testid="share"
          icon={ScreenShare}
          name={t('call.share')}
          tip={t(sharing ? 'call.share.stop' : 'call.share')}
          pressed={sharing}
          onClick={() => (sharing ? devices.stopSharing() : void devices.shareScreen())}
        />
      )}
      <Control
        testid="chat-open"
        icon={Chat}
        name={t('chat.title')}
        tip={t(ui.chatOpen.value ? 'chat.close' : 'chat.title')}
        expanded={ui.chatOpen.value}
        count={ui.unread.value}
        onClick={() => ui.toggleChat()}
      />
      <MoreMenu ui={ui} video={video} />
      <Endings model={model} />
    </div>
  );
}

function Endings({ model }: { model: Model }) {
  const isRoom = model.view.value.call.kind === 'room';
  return (
    <div class="endings">
      {isRoom && (
        <button type="button" class="stage-button next" data-testid="next" data-tip={t('call.next.tip')} onClick={() => model.next()}>
          <span class="words">{t('call.next')}</span>
          <Next />
        </button>
      )}
      <button type="button" class="stage-button leave" data-testid="leave" data-tip={t('call.leave')} onClick={() => model.client.act('leave')}>
        <Leave />
        <span class="words">{t('call.leave')}</span>
      </button>
    </div>
  );
}
