// To spend less on calls: less work for this device, fewer bytes. Kept on the device, and in force at once.

import { Check } from '../parts.tsx';
import { settings, type Kept } from '../settings.ts';

const keep = (kept: Kept) => (on: boolean) => void (kept.value = on ? 'on' : null);

export function SavingSwitches() {
  const { battery, data } = settings;
  return (
    <div class="switches">
      <Check
        isSwitch
        testid="saving-battery"
        checked={battery.value === 'on'}
        label="saving.battery"
        note="saving.battery.text"
        onChange={keep(battery)}
      />
      <Check isSwitch testid="saving-data" checked={data.value === 'on'} label="saving.data" note="saving.data.text" onChange={keep(data)} />
    </div>
  );
}
