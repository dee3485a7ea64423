#!/usr/bin/env bash
# Measures loss and delay that `tc netem` sets, on a machine whose own kernel has no netem: boots another kernel in a
# virtual machine without a disk, with a veth pair and a second namespace in it, and lets the ICMP source measure.
#
#   netem-in-vm.sh VMLINUZ MODULES     MODULES: the kernel's /lib/modules/<version>
#
# Needs qemu-system-x86_64, cpio, ip, tc, ping, node on PATH, and dist/ (npm run build).
set -euo pipefail

kernel=$1 modules=$2
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root"/{bin,proc,sys,dev,tmp,run,etc,app/node_modules}

# A program with the libraries that it is linked to.
take() {
  local path library
  path=$(readlink -f "$(command -v "$1")")
  cp "$path" "$root/bin/$1"
  while read -r library; do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
  done < <(ldd "$path" 2>/dev/null | grep -oE '/[^ ]+')
}

for program in busybox ip tc ping; do take "$program"; done
node=$(node -p process.execPath)
PATH=$(dirname "$node"):$PATH take node
cp -r "$project/dist" "$root/app/dist"
# All but what only builds: the programs for other machines would make the image ten times as large.
tar -C "$project" -c --exclude=node_modules/node --exclude='node_modules/node-*' --exclude=node_modules/.bin \
  --exclude='node_modules/@biomejs' --exclude='node_modules/@typescript' --exclude='node_modules/@rolldown' \
  --exclude='node_modules/@swc' --exclude='node_modules/lightningcss*' node_modules | tar -C "$root/app" -x
echo '{"type":"module"}' >"$root/app/package.json"
echo '127.0.0.1 localhost' >"$root/etc/hosts"
cp "$modules/kernel/drivers/net/veth.ko" "$modules/kernel/net/sched/sch_netem.ko" "$root/"

cat >"$root/app/measure.js" <<'JS'
import { systemClock } from './dist/lib/clock.js';
import { mapBounded } from './dist/lib/loop.js';
import { createIcmp } from './dist/sources/icmp.js';
import { createResolver } from './dist/sources/resolver.js';

const [what, count] = process.argv.slice(2);
const icmp = createIcmp({ clock: systemClock, resolver: createResolver(systemClock) });
const { signal } = new AbortController();
const addresses = Array.from({ length: Number(count) }, (_, index) => `10.9.1.${index + 1}`);
const options = { count: 20, timeoutMs: 5000 };
const replies = await mapBounded(addresses, 4, (address) => icmp.probe(address, options, signal));
const total = (values) => values.reduce((sum, value) => sum + value, 0);
const rtts = replies.flatMap(({ rttsMs }) => rttsMs);
const sent = total(replies.map((reply) => reply.sent));
const received = total(replies.map((reply) => reply.received));
console.log(`@@ ${what} rtt_ms ${(total(rtts) / rtts.length).toFixed(2)}`);
console.log(`@@ ${what} loss_ratio ${(1 - received / sent).toFixed(4)} of ${sent} packets`);
JS

cat >"$root/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /run
insmod /veth.ko
insmod /sch_netem.ko
# By their paths: the shell takes its own applets of these names first.
/bin/ip link set lo up
/bin/ip netns add far
/bin/ip link add near type veth peer name far netns far
/bin/ip addr add 10.9.0.1/16 dev near
/bin/ip link set near up
/bin/ip -n far link set lo up
/bin/ip -n far link set far up
for n in $(seq 1 80); do /bin/ip -n far addr add 10.9.1.$n/16 dev far; done
echo
cd /app
node measure.js nothing 4
/bin/tc qdisc add dev near root netem delay 50ms limit 100000
node measure.js delay_50ms 4
/bin/tc qdisc replace dev near root netem loss 30% limit 100000
node measure.js loss_30_percent 80
poweroff -f
INIT
chmod +x "$root/init"
(cd "$root" && find . | cpio --quiet -o -H newc) >"$work/initramfs"
timeout 500 qemu-system-x86_64 -accel tcg -m 2048 -nographic -no-reboot -kernel "$kernel" -initrd "$work/initramfs" \
  -append 'console=ttyS0 quiet loglevel=0' </dev/null | tr -d '\r' | tee "$work/console" | grep -a '^@@' ||
  { tail -n 30 "$work/console" >&2; exit 1; }
