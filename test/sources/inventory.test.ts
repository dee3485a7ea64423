import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { createInventory } from '../../src/sources/inventory.ts';

const { signal } = new AbortController();

describe('createInventory', () => {
  it('knows this machine', async () => {
    const host = await createInventory(systemClock).host(signal);
    expect(host.platform).toBe(process.platform);
    expect(host.kernel).not.toBe('');
  });

  it('refuses an answer of another shape', async () => {
    const ask = { osInfo: async () => ({ platform: 1 }), system: async () => ({ virtual: false }) };
    await expect(createInventory(systemClock, ask).host(signal)).rejects.toThrow('platform');
  });
});
