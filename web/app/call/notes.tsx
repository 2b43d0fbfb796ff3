// What there is to say about a call while it goes on, in the order of importance, above the picture.

import { useComputed } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { t, type Key } from '../../locales/index.ts';
import { CameraOff, MicOff, ScreenShare, Warning, type Icon } from '../icons.tsx';
import { DeviceNotice } from '../media/device_notice.tsx';
import { play } from '../media/keep_playing.ts';
import type { Model } from '../model.ts';
import { Passing, PassingButton } from '../parts.tsx';
import { ServerNote } from '../trouble.tsx';
import { brokenAfter } from './broken.ts';
import type { CallUi } from './call_ui.ts';
import { Alarm } from './code_dialog.tsx';
import { codeStanding, isAlarm } from './code_standing.ts';
import { HintNote } from './hints/hint_note.tsx';

export function Notes({ model, ui, video }: { model: Model; ui: CallUi; video: () => HTMLVideoElement }) {
  const { call, code, partnerMedia, picture } = model.view.value;
  const { devices } = model;
  const standing = codeStanding(code, ui.verdict.value);
  const about = partnerMedia && aboutPartner(partnerMedia, picture.partnerStill);
  return (
    <div class="call-notes">
      <ServerNote model={model} />
      <div role="status" class="interruption">
        {call.shaky && <Shaky model={model} />}
      </div>
      <div role="alert" class="interruption">
        {isAlarm(standing) && <Suspicion model={model} standing={standing} />}
      </div>
      <DeviceNotice model={model} place="call" />
      <div role="status">{ui.refused.value && <Refused ui={ui} what={ui.refused.value} />}</div>
      <HintNote model={model} ui={ui} />
      {/* A screen is there to be read: what is said of it goes with the controls. */}
      <p role="status" class={about ? `pill${partnerMedia?.screen ? ' chrome' : ''}` : ''} data-testid="partner-media">
        {about && <about.icon />}
        {about && t(about.words)}
      </p>
      {devices.screen.value && (
        <p class="pill sharing" data-testid="sharing">
          <ScreenShare />
          {t('call.sharing')}
          <PassingButton data-testid="share-stop" onClick={() => devices.stopSharing()}>
            {t('call.share.stop')}
          </PassingButton>
        </p>
      )}
      {ui.mustPlay.value && (
        <PassingButton class="main large play" data-testid="play" onClick={() => play(video(), (blocked) => (ui.mustPlay.value = blocked))}>
          {t('call.play')}
        </PassingButton>
      )}
    </div>
  );
}

/** Stays as long as the call: nothing that comes later makes it untrue. */
function Suspicion({ model, standing }: { model: Model; standing: 'differs' | 'refused' }) {
  return (
    <Passing class="note" data-testid="code-warning" data-standing={standing}>
      <Alarm standing={standing} />
      <div class="row">
        <button type="button" class="danger" data-testid="code-warning-leave" onClick={() => model.client.act('leave')}>
          {t('leave.yes')}
        </button>
      </div>
    </Passing>
  );
}

function Refused({ ui, what }: { ui: CallUi; what: 'fullscreen' | 'pip' }) {
  return (
    <Passing class="note" data-testid="stage-refused" data-what={what}>
      <Warning />
      <p>{t(`call.${what}.refused`)}</p>
      <div class="row">
        <button type="button" data-testid="stage-refused-close" onClick={() => (ui.refused.value = null)}>
          {t('notice.close')}
        </button>
      </div>
    </Passing>
  );
}

/** A path that is interrupted: said as it is, and with the way out once it may last. */
function Shaky({ model }: { model: Model }) {
  const since = useRef(model.now.value);
  const broken = useComputed(() => {
    const { server, call } = model.view.value;
    return brokenAfter(model.now.value - since.current, server, call.standing, call.stuck);
  }).value;
  return (
    <Passing class="note" data-testid="shaky" data-broken={broken}>
      <Warning />
      <p>{t(`call.shaky.${broken}`)}</p>
      {broken !== 'begin' && (
        <div class="row">
          {broken === 'stuck' && (
            <button type="button" class="main" data-testid="shaky-keep" onClick={() => model.client.keep()}>
              {t('call.keep')}
            </button>
          )}
          <button type="button" data-testid="shaky-leave" onClick={() => model.client.act('leave')}>
            {t('leave.yes')}
          </button>
        </div>
      )}
    </Passing>
  );
}

function aboutPartner(media: { video: boolean; sound: boolean; screen: boolean }, still: boolean): { icon: Icon; words: Key } | null {
  if (media.screen) return { icon: ScreenShare, words: media.sound ? 'call.partner.screen' : 'call.partner.screen.sound' };
  if (!media.video) return { icon: CameraOff, words: media.sound ? 'call.partner.video' : 'call.partner.both' };
  if (still) return { icon: CameraOff, words: media.sound ? 'call.partner.still' : 'call.partner.still.sound' };
  return media.sound ? null : { icon: MicOff, words: 'call.partner.sound' };
}
