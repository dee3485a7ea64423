import { follow, type HttpPorts } from './http-follow.ts';
import { judge } from './http-judge.ts';
import type { HttpModule } from './http-module.ts';
import { type HttpProgress, nothingYet } from './http-progress.ts';
import { type Ended, type ProbeOptions, runProbe } from './probe.ts';

export interface HttpProbe extends Readonly<Omit<HttpProgress, 'body'>>, Ended {
  readonly bodyLength: number;
}

export interface HttpSource {
  /** `address` is a URL, or what follows `http://`. A target that fails is an answer; throws only where the signal ends. */
  probe(address: string, module: HttpModule, options: ProbeOptions, signal: AbortSignal): Promise<HttpProbe>;
}

export function createHttp(ports: HttpPorts): HttpSource {
  return {
    probe: async (address, module, options, signal) => {
      const progress = nothingYet();
      const ended = await runProbe(ports.clock, options, signal, async (cut) => {
        const last = await follow({ address, module, progress, ports, options, signal: cut });
        try {
          await judge(last, { module, progress, ports, options });
        } finally {
          last.close();
        }
      });
      const { body, ...rest } = progress;
      return { ...rest, bodyLength: body.length, ...ended };
    },
  };
}
