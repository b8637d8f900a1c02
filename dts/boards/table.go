package boards

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

// vf2Env makes the vendor's U-Boot, which loads the file and imports its first 512
// bytes, look for extlinux.conf on the card it read the file from, and move nothing
// over what it has loaded.
const vf2Env = `fdt_high=0xffffffffffffffff
initrd_high=0xffffffffffffffff
kernel_addr_r=0x44000000
fdt_addr_r=0x48000000
ramdisk_addr_r=0x48100000
boot_targets=distro mmc0 dhcp
fdtfile=starfive/jh7110-starfive-visionfive-2-v1.3b.dtb
bootcmd=run load_distro_uenv;run bootcmd_distro
`

// vf1Env is for a U-Boot whose preboot imports it from the first partition, and which
// has neither addresses nor a boot command of its own.
const vf1Env = `fdt_high=0xffffffffffffffff
initrd_high=0xffffffffffffffff
kernel_addr_r=0x84000000
fdt_addr_r=0x88000000
ramdisk_addr_r=0x88300000
scriptaddr=0x88100000
pxefile_addr_r=0x88200000
bootcmd=run distro_bootcmd
`

// liteXBoot is what the BIOS of a LiteX SoC loads where, in this order, and with what in
// a0, a1 and a2 it then enters the last. OpenSBI copies the tree to 0x82200000.
const liteXBoot = `{
	"Image": "0x80200000",
	"atoll.dtb": "0x83000000",
	"fw_jump.bin": "0x80000000",
	"bootargs": {"r1": "0x0", "r2": "0x83000000", "r3": "0x0", "addr": "0x80000000"}
}
`

var table = []Board{
	{
		Name: "qemu", Title: "QEMU's virt machine under U-Boot",
		Partitions: vf2Partitions,
		Loads: []Loads{{Loader: "U-Boot", RAM: 0x8000_0000, End: 0x9000_0000, Kernel: 0x8400_0000,
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
			{Loader: "U-Boot", RAM: 0x4000_0000, End: 0xc000_0000, Kernel: 0x4020_0000,
				FDT: 0x4600_0000, Ramdisk: 0x4610_0000, Pxefile: 0x4590_0000, Script: 0x4390_0000},
			{Loader: "the vendor's U-Boot", RAM: 0x4000_0000, End: 0xc000_0000, Kernel: 0x4400_0000,
				FDT: 0x4800_0000, Ramdisk: 0x4810_0000},
		},
	},
}
