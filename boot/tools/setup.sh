#!/bin/sh
# Installs the host programs that a target needs, where they are missing.
#
#	sh boot/tools/setup.sh qemu|gdb|race|trees|uboot|cards...
#
# The package manager runs only if something is missing, and what it will install
# is said first. Where that cannot be done, one sentence says what to install, and
# the exit status is 1.

firmware() {
	for f in /usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin \
		/usr/share/opensbi/lp64/generic/firmware/fw_dynamic.bin \
		/usr/share/qemu/opensbi-riscv64-generic-fw_dynamic.bin \
		/usr/local/share/qemu/opensbi-riscv64-generic-fw_dynamic.bin; do
		[ -e "$f" ] && return 0
	done
	return 1
}

have() { command -v "$1" >/dev/null 2>&1; }
# A user's PATH need not hold the programs for disks.
have_sbin() { have "$1" || [ -x "/usr/sbin/$1" ] || [ -x "/sbin/$1" ]; }

missing=
need() { missing="$missing $*"; }

for what in "$@"; do
	case $what in
	qemu)
		have qemu-system-riscv64 || need qemu-system-misc
		firmware || need opensbi
		;;
	gdb) have gdb-multiarch || need gdb-multiarch ;;
	race) have "${CC:-gcc}" || need gcc libc6-dev ;;
	trees) have dtc || need device-tree-compiler ;;
	uboot) [ -e /usr/lib/u-boot/qemu-riscv64_smode/uboot.elf ] || need u-boot-qemu ;;
	cards) # to check a card with programs of others
		have_sbin sgdisk || need gdisk
		have_sbin fsck.vfat || need dosfstools
		have mcopy || need mtools
		;;
	*)
		echo "setup.sh: unknown set-up '$what'; there are qemu, gdb, race, trees, uboot and cards" >&2
		exit 2
		;;
	esac
done
missing=${missing# }
[ -z "$missing" ] && exit 0

fail() {
	echo "Missing on this host: $missing. $1; install them and run make again." >&2
	exit 1
}

have apt-get || fail "There is no apt-get here"
root=
if [ "$(id -u)" != 0 ]; then
	have sudo || fail "Installing them needs root, and there is no sudo"
	root=sudo
fi
echo "Installing with apt-get: $missing" >&2
install() {
	$root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing >&2
}
# A host that was never updated knows no packages, hence the second try.
install || { $root apt-get update >&2 && install; } || fail "apt-get could not install them"
