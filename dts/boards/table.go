package boards

import "strings"

// Types of partitions. U-Boot and the chips' boot ROMs look for these.
const (
	typeData = "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7" // basic data, as FAT has it
	// SiFive's pair, which StarFive took over. U-Boot's doc/board/sifive/unmatched and
	// doc/board/starfive/visionfive2.
	typeSiFiveSPL   = "5B193300-FC78-40CD-8002-E86C45580B47"
	typeSiFiveUBoot = "2E54B353-1271-4842-806F-E436D6AF6985"
	// StarFive gives the second to its SPL.
	typeStarFiveSPL   = "2E54B353-1271-4842-806F-E436D6AF6985"
	typeStarFiveUBoot = "BC13C2FF-59E6-4262-A352-B275FD6F7172"
	// HSS looks for its payload in the partition of this type (hart-software-services,
	// services/boot), else known as "BIOS boot".
	typeHSSPayload = "21686148-6449-6E6F-744E-656564454649"
)

// vf2Partitions is the layout of U-Boot's doc/board/starfive/visionfive2. The vendor's
// U-Boot insists on partition 3. The first two may stay empty: the board boots its
// loader from flash.
var vf2Partitions = []Partition{
	{Name: "spl", Type: typeStarFiveSPL, First: 4096, Count: 4096},
	{Name: "uboot", Type: typeStarFiveUBoot, First: 8192, Count: 8192},
	{Name: "system", Type: typeData, First: 16384},
}

// vf2Env makes the vendor's U-Boot, which loads the file and imports 512 bytes however
// long it is, look for extlinux.conf on the card it read the file from, and move nothing
// over what it has loaded. It is filled up, so that nothing else in memory is imported.
var vf2Env = fill(`fdt_high=0xffffffffffffffff
initrd_high=0xffffffffffffffff
kernel_addr_r=0x44000000
kernel_comp_addr_r=0x88000000
kernel_comp_size=0x4000000
fdt_addr_r=0x48000000
ramdisk_addr_r=0x48100000
boot_targets=distro mmc0 dhcp
fdtfile=starfive/jh7110-starfive-visionfive-2-v1.3b.dtb
bootcmd=run load_distro_uenv;run bootcmd_distro
`, 512)

// fill makes an environment file n bytes long with a comment.
func fill(env string, n int) string {
	return env + "#" + strings.Repeat(".", n-len(env)-2) + "\n"
}

// vf1Env is for a U-Boot whose preboot imports it from the first partition, and which
// has neither addresses nor a boot command of its own.
const vf1Env = `fdt_high=0xffffffffffffffff
initrd_high=0xffffffffffffffff
kernel_addr_r=0x84000000
kernel_comp_addr_r=0x90000000
kernel_comp_size=0x4000000
fdt_addr_r=0x88000000
ramdisk_addr_r=0x88300000
scriptaddr=0x88100000
pxefile_addr_r=0x88200000
bootcmd=run distro_bootcmd
`

// sifivePartitions is the layout of SiFive's boards. The boot ROM finds the SPL by its
// partition's type; the SPL reads U-Boot from sector 2082, wherever its partition is.
var sifivePartitions = []Partition{
	{Name: "spl", Type: typeSiFiveSPL, First: 34, Count: 2048},
	{Name: "uboot", Type: typeSiFiveUBoot, First: 2082, Count: 8192},
	{Name: "system", Type: typeData, First: 12288},
}

var sifiveFirmware = []Firmware{
	{Name: "spl", Partition: "spl", What: "U-Boot's u-boot-spl.bin, unless it is in flash"},
	{Name: "uboot", Partition: "uboot", What: "U-Boot's u-boot.itb, unless it is in flash"},
}

// sifiveLoads is for the smallest board, of 8 GiB.
var sifiveLoads = []Loads{
	{Loader: "U-Boot", RAM: 0x8000_0000, End: 0x2_8000_0000, Kernel: 0x8400_0000, Comp: 0x8800_0000,
		FDT: 0x8c00_0000, Ramdisk: 0x8c30_0000, Pxefile: 0x8c20_0000, Script: 0x8c10_0000},
	{Loader: "an older U-Boot", RAM: 0x8000_0000, End: 0x2_8000_0000, Kernel: 0x8400_0000, Comp: 0x9000_0000,
		FDT: 0x8800_0000, Ramdisk: 0x8830_0000, Pxefile: 0x8820_0000, Script: 0x8810_0000},
}

var table = []Board{
	{
		Name: "qemu", Title: "QEMU's virt machine under U-Boot",
		Partitions: vf2Partitions,
		Loads: []Loads{{Loader: "U-Boot", RAM: 0x8000_0000, End: 0x9000_0000, Kernel: 0x8400_0000, Comp: 0x8800_0000,
			FDT: 0x8c00_0000, Ramdisk: 0x8c30_0000, Pxefile: 0x8c20_0000, Script: 0x8c10_0000}},
	},
	{
		Name: "visionfive2", Title: "StarFive VisionFive 2",
		Partitions: vf2Partitions,
		Trees: []Tree{
			{"visionfive2", "/dtbs/starfive/jh7110-starfive-visionfive-2-v1.3b.dtb"},
			{"visionfive2-v1.2a", "/dtbs/starfive/jh7110-starfive-visionfive-2-v1.2a.dtb"},
		},
		FDT:   "fdtdir /dtbs",
		Files: []File{{"/uEnv.txt", vf2Env}, {"/vf2_uEnv.txt", ""}},
		Firmware: []Firmware{
			{Name: "spl", Partition: "spl", What: "U-Boot's u-boot-spl.bin.normal.out, for boot mode SD only"},
			{Name: "uboot", Partition: "uboot", What: "U-Boot's u-boot.itb, for boot mode SD only"},
		},
		Loads: []Loads{
			{Loader: "U-Boot", RAM: 0x4000_0000, End: 0xc000_0000, Kernel: 0x4020_0000, Comp: 0x8800_0000,
				FDT: 0x4600_0000, Ramdisk: 0x4610_0000, Pxefile: 0x4590_0000, Script: 0x4390_0000},
			{Loader: "the vendor's U-Boot", RAM: 0x4000_0000, End: 0xc000_0000, Kernel: 0x4400_0000, Comp: 0x8800_0000,
				FDT: 0x4800_0000, Ramdisk: 0x4810_0000},
		},
	},
	{
		Name: "visionfive1", Title: "StarFive VisionFive, the first one",
		Partitions: []Partition{{Name: "system", Type: typeData, First: 2048}},
		Trees:      []Tree{{"visionfive1", "/dtbs/starfive/jh7100-starfive-visionfive-v1.dtb"}},
		FDT:        "fdt /dtbs/starfive/jh7100-starfive-visionfive-v1.dtb",
		Files:      []File{{"/uEnv.txt", vf1Env}},
		Loads: []Loads{{Loader: "U-Boot", RAM: 0x8000_0000, End: 0xfa00_0000, Kernel: 0x8400_0000, Comp: 0x9000_0000,
			FDT: 0x8800_0000, Ramdisk: 0x8830_0000, Pxefile: 0x8820_0000, Script: 0x8810_0000}},
	},
	{
		Name: "icicle", Title: "Microchip PolarFire SoC Icicle Kit",
		Partitions: []Partition{
			{Name: "hss-payload", Type: typeHSSPayload, First: 2048, Count: 16384},
			{Name: "system", Type: typeData, First: 18432},
		},
		Trees:    []Tree{{"icicle", "/dtbs/microchip/mpfs-icicle-kit.dtb"}},
		FDT:      "fdt /dtbs/microchip/mpfs-icicle-kit.dtb",
		Firmware: []Firmware{{Name: "payload", Partition: "hss-payload", What: "the payload of HSS, with U-Boot in it"}},
		// U-Boot there uses the first 256 MiB only.
		Loads: []Loads{{Loader: "U-Boot", RAM: 0x8000_0000, End: 0x9000_0000, Kernel: 0x8400_0000,
			FDT: 0x8800_0000, Ramdisk: 0x8830_0000, Pxefile: 0x8820_0000, Script: 0x8810_0000}},
	},
	{
		Name: "unleashed", Title: "SiFive HiFive Unleashed",
		Partitions: sifivePartitions,
		Firmware:   sifiveFirmware,
		Loads:      sifiveLoads,
	},
	{
		Name: "unmatched", Title: "SiFive HiFive Unmatched",
		Partitions: sifivePartitions,
		Trees:      []Tree{{"unmatched", "/dtbs/sifive/hifive-unmatched-a00.dtb"}},
		FDT:        "fdt /dtbs/sifive/hifive-unmatched-a00.dtb",
		Firmware:   sifiveFirmware,
		Loads:      sifiveLoads,
	},
	{
		Name: "rocket", Title: "Rocket on an FPGA board, as vivado-risc-v makes it",
		Partitions: []Partition{{Name: "system", First: 2048}},
		MBR:        true,
		Firmware:   []Firmware{{Name: "boot", Path: "/BOOT.ELF", What: "OpenSBI with U-Boot, as built for the FPGA design; the boot ROM loads it"}},
		Loads:      []Loads{{Loader: "U-Boot", RAM: 0x8000_0000, End: 0x9000_0000, Kernel: 0x8100_0000, Ramdisk: 0x8500_0000}},
	},
	{
		Name: "litex", Title: "Rocket in a LiteX SoC on an FPGA board",
		Partitions: []Partition{{Name: "system", First: 2048}},
		MBR:        true,
		Trees:      []Tree{{"litex", "/atoll.dtb"}},
		BootJSON:   true,
		Firmware: []Firmware{{Name: "fw_jump", Path: "/fw_jump.bin", What: "OpenSBI's generic fw_jump.bin", Default: []string{
			"/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_jump.bin",
			"/usr/share/opensbi/lp64/generic/firmware/fw_jump.bin",
		}}},
		Loads: []Loads{{Loader: "the LiteX BIOS with OpenSBI", RAM: 0x8000_0000, End: 0xa000_0000, Kernel: 0x8020_0000,
			FDT: 0x8220_0000, Tree: 0x8300_0000, Ramdisk: 0x8400_0000}},
	},
}
