#!/usr/bin/env bash
# Sourced by firewall.sh: prints the nftables ruleset, and the elements of its sets, from RUNNER_BRIDGE, RUNNER_SUBNET
# and FIREWALL_PUBLIC_PORTS. One table of our own, before Docker's chains: a packet must pass both.
#
# Matched by the bridge that a packet comes from, not by its source address, which a job might forge. The addresses of the
# runners are translated here and not by Docker: without this table there is no way out at all, so that nothing is open
# before it is loaded, or after somebody flushed it.

# What nobody reaches over the internet: RFC 6890 for IPv4 and IPv6, and the prefixes that carry IPv4 inside IPv6.
PRIVATE4='0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.0.0.0/24, 192.0.2.0/24,
      192.168.0.0/16, 198.18.0.0/15, 198.51.100.0/24, 203.0.113.0/24, 224.0.0.0/3'
PRIVATE6='::/96, ::ffff:0:0/96, 64:ff9b::/96, 64:ff9b:1::/48, 100::/64, 2001::/32, 2001:db8::/32, 2002::/16, fc00::/7, fe80::/10, ff00::/8'
REASONS=(lan host metadata port neighbour spoofed)

# refusal REASON VERDICT: counted each time, in the kernel's log ten times a minute at most.
refusal() {
  cat <<EOF
  counter denied_$1 { }
  chain refuse_$1 {
    limit rate 10/minute burst 5 packets log prefix "runnerwatch denied $1: "
    counter name denied_$1
    $2
  }
EOF
}

# TABLE: one for each bridge, because two stacks may share a host.
table_name() { echo "runnerwatch_${RUNNER_BRIDGE//[^a-zA-Z0-9]/_}"; }

sets() {
  cat <<EOF
  set allowed4 { type ipv4_addr . inet_proto . inet_service; size 65536; }
  set allowed6 { type ipv6_addr . inet_proto . inet_service; size 65536; }
  set ping4 { type ipv4_addr; size 65536; }
  set ping6 { type ipv6_addr; size 65536; }
  set private4 {
    type ipv4_addr; flags interval
    elements = { $PRIVATE4 }
  }
  set private6 {
    type ipv6_addr; flags interval
    elements = { $PRIVATE6 }
  }
EOF
}

# Judged by what the job asked for: before Docker puts another address in the place of a published port's. The first packet of
# a TCP connection is judged even before Docker drops what goes to a container of another network, so that it counts.
chains() {
  cat <<EOF
  chain opening {
    type filter hook prerouting priority raw - 5; policy accept;
    iifname "$RUNNER_BRIDGE" tcp flags & (fin | syn | rst | ack) == syn jump judge
  }
  chain from_runners {
    type filter hook prerouting priority dstnat - 5; policy accept;
    iifname != "$RUNNER_BRIDGE" accept
    ct state established,related accept
    jump judge
  }
  chain judge {
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, mld-listener-report, mld2-listener-report } accept
    fib daddr type { broadcast, multicast } drop
    ip saddr != $RUNNER_SUBNET goto refuse_spoofed
    ip daddr . meta l4proto . th dport @allowed4 accept
    ip6 daddr . meta l4proto . th dport @allowed6 accept
    icmp type echo-request ip daddr @ping4 accept
    icmpv6 type echo-request ip6 daddr @ping6 accept
    ip daddr 169.254.0.0/16 goto refuse_metadata
    ip6 daddr fd00:ec2::254 goto refuse_metadata
    fib daddr type local goto to_host
    ip daddr $RUNNER_SUBNET goto to_neighbour
    ip daddr @private4 goto refuse_lan
    ip6 daddr @private6 goto refuse_lan
    tcp dport { $FIREWALL_PUBLIC_PORTS } accept
    goto refuse_port
  }
  # This host, under all of its addresses. It answers a ping: so a runner tells its own network from the internet.
  chain to_host {
    icmp type echo-request limit rate 10/second accept
    goto refuse_host
  }
  # Other containers of this bridge, of which Runnerwatch alone listens there; where the kernel shows such packets here (net.bridge.bridge-nf-call-iptables).
  chain to_neighbour {
    tcp dport 9479 accept
    goto refuse_neighbour
  }
  chain translate {
    type nat hook postrouting priority srcnat - 5; policy accept;
    ip saddr $RUNNER_SUBNET oifname != "$RUNNER_BRIDGE" masquerade
  }
EOF
}

# In the place of the one before, in one step.
ruleset() {
  local table reason
  table=$(table_name)
  printf 'table inet %s\ndelete table inet %s\ntable inet %s {\n' "$table" "$table" "$table"
  sets
  for reason in "${REASONS[@]}"; do
    case $reason in
      neighbour | spoofed) refusal "$reason" drop ;;
      # Told, so that a job fails at once and not after minutes.
      *) refusal "$reason" 'reject with icmpx admin-prohibited' ;;
    esac
  done
  chains
  echo '}'
}

# elements: reads `tcp|udp ADDRESS PORT` and `icmp ADDRESS` and puts them into the sets in the place of those before.
elements() {
  local table protocol address port family set
  table=$(table_name)
  for set in allowed4 allowed6 ping4 ping6; do echo "flush set inet $table $set"; done
  while read -r protocol address port; do
    [[ -n $protocol ]] || continue
    family=4
    [[ $address != *:* ]] || family=6
    if [[ $protocol == icmp ]]; then
      echo "add element inet $table ping$family { $address }"
    else
      echo "add element inet $table allowed$family { $address . $protocol . $port }"
    fi
  done
}
