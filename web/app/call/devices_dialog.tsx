import { t } from '../../locales/index.ts';
import type { Devices } from '../devices.ts';
import { Dialog } from '../dialog.tsx';
import { DeviceFields } from '../media/device_fields.tsx';
import { SavingSwitches } from '../media/saving.tsx';

export function DevicesDialog({ devices, onClose }: { devices: Devices; onClose: () => void }) {
  return (
    <Dialog
      testid="devices-dialog"
      title={t('call.devices')}
      onClose={onClose}
      actions={
        <button type="button" class="main" data-testid="devices-done" onClick={onClose}>
          {t('call.devices.close')}
        </button>
      }
    >
      <DeviceFields devices={devices} />
      <SavingSwitches />
    </Dialog>
  );
}
