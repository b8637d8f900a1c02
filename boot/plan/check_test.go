package plan

import (
	"slices"
	"strings"
	"testing"

	"atoll/arch/layout"
	"atoll/dts"
)

// input is the presumed input of a tree, whether it has a usable hart or not.
func input(t testing.TB, blob []byte) Input {
	t.Helper()
	tree, err := dts.Parse(blob)
	if err != nil {
		t.Fatal(err)
	}
	in, err := Presume(tree, 5*mib)
	if err != nil {
		in.BootHart = ^uint64(0)
	}
	return in
}

// mustMake makes a plan and checks it.
func mustMake(t testing.TB, in Input) (*Plan, []string) {
	t.Helper()
	p, notes, err := Make(in)
	if err != nil {
		t.Fatalf("%v (notes %q)", err, notes)
	}
	checkPlan(t, in, p)
	return p, notes
}

// checkPlan checks the invariants of the package comment with code of its own.
func checkPlan(t testing.TB, in Input, p *Plan) {
	t.Helper()
	if p.Magic != Magic || p.Size != planSize || p.NCores < 1 || p.NCores > MaxCores || p.NCores > p.Harts {
		t.Fatalf("magic %#x, size %d, %d cores of %d harts", p.Magic, p.Size, p.NCores, p.Harts)
	}
	if in.MaxCores > 0 && int(p.NCores) > in.MaxCores {
		t.Errorf("%d cores, limit %d", p.NCores, in.MaxCores)
	}
	checkMemory(t, in, p)
	checkRows(t, in, p)
	checkDevices(t, in, p)
	checkInterrupts(t, in, p)
}

// meets reports whether two ranges share a byte.
func meets(a, b Range) bool {
	return a.Size > 0 && b.Size > 0 && a.Base <= b.Base+(b.Size-1) && b.Base <= a.Base+(a.Size-1)
}

func checkMemory(t testing.TB, in Input, p *Plan) {
	t.Helper()
	own := []Range{p.Area, p.Channels, p.Crash}
	for _, r := range own {
		if meets(r, in.Scratch) {
			t.Errorf("%v lies in the scratch %v", r, in.Scratch)
		}
	}
	n := uint64(p.NCores)
	if p.Area.Size < planSize || p.Channels.Size != n*(n-1)/2*layout.PageSize || p.Crash.Size != n*layout.PageSize {
		t.Errorf("area %v, channels %v, crash %v", p.Area, p.Channels, p.Crash)
	}
	for i := range p.Cores[:p.NCores] {
		own = append(own, p.Cores[i].Partition()...)
	}
	held, window := held(t, in, p), p.window()
	for i, r := range own {
		if r.Size == 0 && n > 1 || r.Base%layout.PageSize != 0 || r.Size%layout.PageSize != 0 {
			t.Errorf("%v is empty or not whole pages", r)
		}
		if r.Size > 0 && (!inRAM(in.Tree, r) || r.Base < window.Base || r.End() > window.End()) {
			t.Errorf("%v lies outside memory or outside the window %v", r, window)
		}
		for _, o := range append(own[i+1:], held...) {
			if meets(r, o) {
				t.Errorf("%v and %v overlap", r, o)
			}
		}
	}
	if window.Base%layout.GigaPage != 0 || window.Size > layout.WindowEnd-layout.WindowBase {
		t.Errorf("window %v", window)
	}
}

// held returns what nobody may be given.
func held(t testing.TB, in Input, p *Plan) []Range {
	t.Helper()
	list := []Range{in.Image, p.Blob, p.Initrd}
	reserved, err := in.Tree.Reserved()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range reserved {
		list = append(list, Range(r.Region))
	}
	return list
}

// inRAM reports whether /memory covers all of a range.
func inRAM(tree *dts.Tree, r Range) bool {
	mem, _ := tree.Memory()
	for at := r.Base; ; {
		next := at
		for _, m := range mem {
			if m.Base <= at && m.End() > next {
				next = m.End()
			}
		}
		if next >= r.End() {
			return true
		}
		if next == at {
			return false
		}
		at = next
	}
}

func checkRows(t testing.TB, in Input, p *Plan) {
	t.Helper()
	seen := map[uint64]bool{}
	for i := range p.Cores[:p.NCores] {
		c := &p.Cores[i]
		r := c.Row
		if r.Magic != layout.RowMagic || r.Core != uint64(i) || seen[r.Hart] || r.Timebase == 0 {
			t.Errorf("core %d: row %+v", i, r)
		}
		if r.Image != in.Image.Base || r.PlanPA != p.Area.Base || r.PlanSize != p.Area.Size || r.WindowPA != p.Cores[0].Row.WindowPA {
			t.Errorf("core %d: row %+v", i, r)
		}
		seen[r.Hart] = true
		reserve := r.PoolEnd - r.Pool
		if r.Pool%layout.MegaPage != 0 || c.User.Base%layout.MegaPage != 0 || c.Memory() < MinPartition || reserve < 12*mib || reserve > 2<<30 ||
			reserve < min(c.Memory()/2-2*mib, 1<<30)/4 || len(c.Partition()) == 1 && reserve > 1<<30 {
			t.Errorf("core %d: partition %v, reserve %d", i, c.Partition(), reserve)
		}
		if r.Pool != c.Reserve.Base || r.PoolEnd != c.Reserve.End() || c.User.Size == 0 || c.User.End() != c.DMA.Base || c.DMA.Size != 1*mib {
			t.Errorf("core %d: %v is not %v, %v, %v", i, c.Partition(), c.Reserve, c.User, c.DMA)
		}
	}
	cpus, _ := in.Tree.CPUs()
	for _, c := range cpus {
		if seen[c.Hart] && !qualifies(in.Tree, c) && c.Hart != in.BootHart {
			t.Errorf("hart %d is used though it does not qualify", c.Hart)
		}
		delete(seen, c.Hart)
	}
	if len(seen) > 0 {
		t.Errorf("harts %v are used, which the tree does not have", seen)
	}
	if !slices.Contains(hartsOf(p), in.BootHart) || p.Cores[p.BootCore].Row.Hart != in.BootHart {
		t.Errorf("boot hart %d is not core %d", in.BootHart, p.BootCore)
	}
}

// qualifies reports whether a hart may be used, from its properties as they stand.
func qualifies(tree *dts.Tree, c dts.CPU) bool {
	n := c.Node
	if s := n.Text("status"); s != "" && s != "okay" && s != "ok" {
		return false
	}
	if mmu := n.Text("mmu-type"); mmu == "" || mmu == "riscv,none" || tree.SkipHart(c.Hart) != "" {
		return false
	}
	isa, list := strings.ToLower(n.Text("riscv,isa")), n.Strings("riscv,isa-extensions")
	if len(list) > 0 {
		isa = strings.ToLower(n.Text("riscv,isa-base") + strings.Join(list, ""))
	}
	letters, _, _ := strings.Cut(isa, "_")
	for _, e := range "imafdc" {
		if !strings.HasPrefix(letters, "rv64") || !strings.ContainsRune(letters[4:], e) && !(e != 'c' && strings.Contains(letters, "g")) {
			return false
		}
	}
	return true
}

// checkDevices checks that registers and claim pages are mapped one to one
// inside the device window, outside RAM, and that a page has one owner.
func checkDevices(t testing.TB, in Input, p *Plan) {
	t.Helper()
	owner, pageAt := map[uint64]uint32{}, map[uint64]uint64{}
	mem, _ := in.Tree.Memory()
	place := func(what string, regs Range, va uint64, who uint32) {
		if who >= p.NCores || regs.Size == 0 || (va-regs.Base)%layout.PageSize != 0 ||
			va < layout.DeviceBase || va+regs.Size > layout.DeviceBase+layout.GigaPage {
			t.Errorf("%s: registers %v at %#x for core %d", what, regs, va, who)
			return
		}
		for pa := regs.Base &^ (layout.PageSize - 1); pa < regs.End(); pa += layout.PageSize {
			at := va - regs.Base + pa
			if slices.ContainsFunc(mem, func(m dts.Memory) bool { return meets(Range(m.Region), Range{pa, layout.PageSize}) }) {
				t.Errorf("%s: page %#x lies in memory", what, pa)
			}
			if o, ok := owner[pa]; ok && o != who {
				t.Errorf("%s: page %#x belongs to cores %d and %d", what, pa, o, who)
			}
			if other, ok := pageAt[at]; ok && other != pa {
				t.Errorf("%s: pages %#x and %#x are both at %#x", what, pa, other, at)
			}
			owner[pa], pageAt[at] = who, pa
		}
	}
	consoles := 0
	for i := range p.Devices[:p.NDevices] {
		d := &p.Devices[i]
		place(d.Path.String(), d.Regs, d.VA, d.Owner)
		consoles += int(d.Console)
	}
	if consoles > 1 {
		t.Errorf("%d consoles", consoles)
	}
	for i := range p.Cores[:p.NCores] {
		c := &p.Cores[i]
		plic := c.Controller != NoCore && p.Devices[p.Controllers[c.Controller].Device].Kind == DevicePLIC
		if plic != (c.Claim.Size > 0) {
			t.Errorf("core %d: claim page %v", i, c.Claim)
		}
		if c.File.Size > 0 { // mapped by all others
			if _, taken := owner[c.File.Base]; taken {
				t.Errorf("core %d: the page for messages %v belongs to somebody", i, c.File)
			}
			place("page for messages", c.File, c.FileVA, uint32(i))
		}
		if plic {
			if _, taken := owner[c.Claim.Base]; taken {
				t.Errorf("core %d: claim page %v belongs to another", i, c.Claim)
			}
			place("claim page", c.Claim, c.ClaimVA, uint32(i))
		}
	}
}

// checkInterrupts checks contexts against the tree, and that a device's owner
// can take its interrupt.
func checkInterrupts(t testing.TB, in Input, p *Plan) {
	t.Helper()
	lowest := map[uint32]uint32{}
	cpus, _ := in.Tree.CPUs()
	for i := range p.Cores[:p.NCores] {
		c := &p.Cores[i]
		if c.Controller == NoCore {
			continue
		}
		if _, ok := lowest[c.Controller]; !ok {
			lowest[c.Controller] = uint32(i)
		}
		node := in.Tree.Find(p.Devices[p.Controllers[c.Controller].Device].Path.String())
		at := slices.IndexFunc(cpus, func(h dts.CPU) bool { return h.Hart == c.Row.Hart })
		if node == nil || at < 0 {
			continue // a path that is cut or ambiguous, which only fuzzing makes
		}
		if messages := p.Controllers[c.Controller].Messages == 1; messages != (c.File.Size > 0) || messages != (c.Row.Messages >= 63) {
			t.Errorf("core %d: messages %v, file %v, identities to %d", i, messages, c.File, c.Row.Messages)
		} else if messages {
			checkFile(t, in, node, c, cpus[at].IntC)
			continue
		}
		if list, _ := node.Interrupts(); int(c.Context) < len(list) {
			if e := list[c.Context]; e.Controller != cpus[at].IntC || e.Number() != 9 {
				t.Errorf("core %d: context %d is %s %d", i, c.Context, e.Controller.Path(), e.Number())
			}
		}
	}
	for i, c := range p.Controllers[:p.NControllers] {
		d := p.Devices[c.Device]
		if who, ok := lowest[uint32(i)]; !ok || c.Owner != who || d.Kind != DevicePLIC && d.Kind != DeviceAPLIC || d.Owner != who {
			t.Errorf("controller %d: owner %d, lowest core %d (%v), device %v", i, c.Owner, who, ok, d.Kind)
		}
	}
	for i := range p.Devices[:p.NDevices] {
		d := &p.Devices[i]
		if d.Controller == NoCore {
			continue
		}
		if d.Controller >= p.NControllers || p.Cores[d.Owner].Controller != d.Controller ||
			d.IRQ == 0 || d.IRQ > p.Controllers[d.Controller].Sources {
			t.Errorf("%s: interrupt %d:%d for core %d", d.Path.String(), d.Controller, d.IRQ, d.Owner)
		}
	}
}

// checkFile checks that the address that an APLIC makes of a core's number, by the
// formula of the Advanced Interrupt Architecture, section 4.9.1, is that of the page
// that the tree gives the hart.
func checkFile(t testing.TB, in Input, aplic *dts.Node, c *Core, hart *dts.Node) {
	t.Helper()
	n := aplic.Provider("msi-parent")
	list, _ := n.Interrupts()
	regs, _ := n.Reg()
	cell := func(name string, missing uint32) uint64 {
		if v, ok := n.U32(name); ok {
			return uint64(v)
		}
		return uint64(missing)
	}
	width := 0
	for 1<<width < len(list) {
		width++
	}
	lhxs, lhxw, hhxw, shift := cell("riscv,guest-index-bits", 0), cell("riscv,hart-index-bits", uint32(width)), cell("riscv,group-index-bits", 0), cell("riscv,group-index-shift", 24)
	g, h := uint64(c.Context)>>lhxw&(1<<hhxw-1), uint64(c.Context)&(1<<lhxw-1)
	base := regs[0].Base &^ ((1<<lhxw - 1) << (12 + lhxs)) &^ ((1<<hhxw - 1) << shift)
	if at := base | g<<shift | h<<(12+lhxs); at != c.File.Base {
		t.Errorf("core %d: messages to hart %d of group %d go to %#x, the page is %v", c.Row.Core, h, g, at, c.File)
	}
	off := c.File.Base
	for i, r := range regs {
		if off >= r.Base && off < r.Base+r.Size {
			off = off - r.Base
			for _, before := range regs[:i] {
				off += before.Size
			}
			break
		}
	}
	if i := off >> (12 + lhxs); i >= uint64(len(list)) || list[i].Controller != hart || list[i].Number() != 9 {
		t.Errorf("core %d: the page %v is not its hart's", c.Row.Core, c.File)
	}
}
