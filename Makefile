# Atoll: build the kernel image, run it, test it. `make help` lists targets and settings.

SHELL := /bin/sh
.DELETE_ON_ERROR:

# What the environment says about other builds must not reach this one. A harmless
# GOFLAGS, not an empty one: an empty value would let `go env -w GOFLAGS` through.
unexport GOOS GOARCH GOARM64 GOAMD64 CGO_ENABLED GOEXPERIMENT GODEBUG MAKEFLAGS
export GOFLAGS := -buildvcs=false
export GOWORK := off

# Settings of `make run` and `make gdb`; boot/tools/qemu reads them from the
# environment and has a default for each.
export BOARD SMP MEM NODES CPU MACHINE APPEND INITRD DTB DISK SHARE LOADADDR QEMUARGS PROGRAMS CMDS
# A dollar in it is the shell's that it runs, not make's.
ifdef APPEND
override APPEND := $(value APPEND)
endif
#: BOARD     machine that QEMU imitates: virt, virt-uboot, sifive_u or icicle (virt)
#: SMP       harts (4)
#: MEM       memory, a number with M or G (1G)
#: NODES     NUMA nodes of equal size (1)
#: CPU       CPU model and features (QEMU's)
#: MACHINE   machine type and its options (virt)
#: APPEND    boot arguments
#: INITRD    file to load as the initial RAM disk (build/initrd.cpio, or build/programs.cpio)
#: DTB       file with a device tree (QEMU's own, or the board's)
#: DISK      files that become virtio disks, separated by blanks
#: SHARE     folder of this host that programs have as /host
#: LOADADDR  where the image runs, a multiple of 2 MiB (QEMU's choice)
#: QEMUARGS  further arguments of QEMU

# Settings of `make image` and `make initrd`.
#: PROGRAMS  of image: more programs for the archive, files or patterns of packages
#: CMDS      of initrd: names of u-root's commands (all that user/uroot lists)

# Settings of `make sdcard`, which takes BOARD, APPEND, INITRD and DTB too.
export FIRMWARE
#: FIRMWARE  of sdcard: name=file of what the board's boot needs besides

B := build
TEXT := 0x2000001000# layout.LinkBase + one page for the image header
KERNEL := GOOS=linux GOARCH=riscv64 GORISCV64=rva20u64 CGO_ENABLED=0
LDFLAGS := -T $(TEXT) -E atollEntry -buildid= -B none

.PHONY: image initrd run sdcard gdb test soak plan trace bench bench-linux vet clean help go-version

image: go-version ## build the kernel image build/atoll.img (the default)
	@go run ./boot/tools/overlay -out $(B)
	$(KERNEL) go build -trimpath -buildvcs=false -overlay $(B)/overlay.json -ldflags '$(LDFLAGS)' -o $(B)/atoll.elf ./boot/atoll
	@go run ./boot/tools/programs -o $(B)/programs.cpio -together ./user/programs/... $(PROGRAMS)
	@[ ! -e $(B)/commands.cpio ] || go run ./boot/tools/initrd -o $(B)/initrd.cpio $(B)/programs.cpio $(B)/commands.cpio
	@go run ./boot/tools/image -o $(B)/atoll.img -sym $(B)/atoll.sym -gz $(B)/atoll.img.gz $(B)/atoll.elf

run: image ## boot it in QEMU: make run SMP=4 MEM=2G APPEND='run="cores"'
	@sh boot/tools/setup.sh qemu$(if $(filter icicle,$(BOARD)), trees)$(if $(filter virt-uboot,$(BOARD)), uboot)
	@go build -o $(B)/qemu ./boot/tools/qemu
	@$(B)/qemu

initrd: go-version ## make build/initrd.cpio, with a shell and u-root's commands, for make run
	@mkdir -p $(B)
	@echo "u-root's commands are built, which takes a minute"
	@go run ./boot/tools/commands -o $(B)/commands.cpio -cmds '$(CMDS)'
	@$(MAKE) --no-print-directory image

sdcard: image ## make build/sdcard-BOARD.img, an SD card that boots it: make sdcard BOARD=visionfive2
	@sh boot/tools/setup.sh trees
	@go build -o $(B)/sdcard ./boot/tools/sdcard
	@$(B)/sdcard

gdb: image ## boot it stopped, with gdb-multiarch connected
	@sh boot/tools/setup.sh qemu gdb
	@go build -o $(B)/qemu ./boot/tools/qemu
	@$(B)/qemu -gdb

test: go-version ## vet, host tests and the image in QEMU, in at most 15 minutes
	@sh boot/tools/setup.sh qemu race trees uboot cards
	@go build -o $(B)/report ./test/report
	@$(B)/report

soak: go-version ## the same with the longer suites and FUZZTIME for each fuzz target
	@sh boot/tools/setup.sh qemu race trees uboot cards
	@go build -o $(B)/report ./test/report
	@$(B)/report -soak -limit $(or $(SOAKTIME),4h) -fuzztime $(or $(FUZZTIME),2m)

plan: go-version ## say what the kernel would make of a machine: make plan DTB=board.dtb
	@go build -o $(B)/plan ./boot/tools/plan
	@$(B)/plan '$(DTB)'

trace: image ## trace one ping in QEMU: build/trace.json for a viewer, trace.svg; DOCS=docs renews the documentation's
	@sh boot/tools/setup.sh qemu
	@go run ./boot/tools/trace -console $(B)/trace.log -json $(B)/trace.json -svg $(or $(DOCS),$(B))/trace.svg

bench: image ## measure in QEMU: build/bench, and with DOCS=docs the documentation's figures
	@sh boot/tools/setup.sh qemu
	@go build -o $(B)/benchtool ./boot/tools/bench
	@$(B)/benchtool -image $(B)/atoll.img -out $(B)/bench -docs '$(DOCS)' -boots $(or $(BOOTS),7) -only '$(ONLY)'

bench-linux: image ## the same beside Debian's Linux, which is fetched once: build/bench-linux
	@sh boot/tools/setup.sh qemu
	@go build -o $(B)/benchtool ./boot/tools/bench
	@mkdir -p $(B)/linux
	@$(B)/benchtool -linux $(B)/linux -image $(B)/atoll.img -out $(B)/bench-linux -docs '$(DOCS)' -boots $(or $(BOOTS),7) -only '$(ONLY)'

vet: go-version ## go vet for the host and for the kernel
	go vet ./...
	$(KERNEL) go vet ./...

clean: ## remove what was built
	rm -rf $(B)

help: ## list the targets and the settings
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 13
	@echo; echo 'Settings of run and gdb, as in make run SMP=2 (what they are if not given):'
	@sed -n 's/^#: //p' $(MAKEFILE_LIST)

go-version:
	@sh boot/tools/goversion.sh
