// The call: the partner's picture fills the window, and everything else floats above it.

import { useMemo, useRef } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import { CallUi } from '../call/call_ui.ts';
import { CodeDialog } from '../call/code_dialog.tsx';
import { ControlBar } from '../call/control_bar.tsx';
import { DevicesDialog } from '../call/devices_dialog.tsx';
import { MadeDialog } from '../call/made_dialog.tsx';
import { Notes } from '../call/notes.tsx';
import { OwnPicture } from '../call/own_picture.tsx';
import { Remote } from '../call/remote.tsx';
import { TopBar } from '../call/top_bar.tsx';
import { useControlsShown, useEndings, useHeight, useLeaveQuestion, useShortcuts, useVisibleHeight, useWakeLock } from '../call/use_call.ts';
import type { Model } from '../model.ts';
import { PassingButton } from '../parts.tsx';
import { ChatPanel } from './chat.tsx';

export function CallScreen({ model }: { model: Model }) {
  const ui = useMemo(() => new CallUi(model), []);
  const root = useRef<HTMLElement>(null);
  const remote = useRef<HTMLVideoElement | null>(null);
  const video = (): HTMLVideoElement => remote.current!;
  const panel = ui.panel.value;
  const closePanel = (): void => {
    ui.panel.value = null;
  };
  useWakeLock(model);
  useLeaveQuestion();
  useEndings(model);
  useVisibleHeight(root);
  useShortcuts(model, ui, video);
  useControlsShown(ui, root);
  return (
    <main class={ui.chatOpen.value ? 'call with-chat' : 'call'} data-testid="screen-call" ref={root}>
      <Stage model={model} ui={ui} remote={remote} video={video} />
      <ChatPanel model={model} ui={ui} />
      {panel === 'code' && <CodeDialog model={model} ui={ui} onClose={closePanel} />}
      {panel === 'made' && <MadeDialog model={model} onClose={closePanel} />}
      {panel === 'devices' && <DevicesDialog devices={model.devices} onClose={closePanel} />}
      <p class="hidden" role="status" data-testid="said">
        <span key={ui.said.value.turn}>{ui.said.value.words}</span>
      </p>
    </main>
  );
}

interface StageProps {
  model: Model;
  ui: CallUi;
  remote: { current: HTMLVideoElement | null };
  video: () => HTMLVideoElement;
}

function Stage({ model, ui, remote, video }: StageProps) {
  const pointer = useRef('mouse');
  const low = useRef<HTMLDivElement>(null);
  useHeight(low, '--low');
  const tap = (event: MouseEvent): void => {
    const isPicture = event.target instanceof Element && event.target.closest('button, .chrome, .call-notes') === null;
    if (isPicture && pointer.current === 'touch') ui.tap();
  };
  return (
    <div class="stage" onPointerDown={(event) => (pointer.current = event.pointerType)} onClick={tap}>
      <Remote model={model} ui={ui} video={remote} />
      <OwnPicture model={model} />
      <TopBar model={model} ui={ui} />
      <Notes model={model} ui={ui} video={video} />
      <div class="call-low" ref={low}>
        {ui.toast.value !== null && (
          <PassingButton class="toast" data-testid="chat-toast" onClick={() => ui.toggleChat()}>
            <span class="hidden">{t('chat.theirs')}: </span>
            <bdi>{ui.toast.value}</bdi>
          </PassingButton>
        )}
        <ControlBar model={model} ui={ui} video={video} />
      </div>
    </div>
  );
}
