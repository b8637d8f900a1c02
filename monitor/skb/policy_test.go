package skb

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"atoll/boot/plan"
	"atoll/dts"
	"atoll/dts/fdtbuild"
	"atoll/dts/saved"
)

// planOf plans a machine as firmware would hand it over, booted on a hart.
func planOf(t testing.TB, tree *dts.Tree, hart uint64, most int) *plan.Plan {
	t.Helper()
	mem, err := tree.Memory()
	if err != nil || len(mem) == 0 {
		t.Fatalf("memory: %v, %v", mem, err)
	}
	first := slices.MinFunc(mem, func(a, b dts.Memory) int { return int(a.Base>>12) - int(b.Base>>12) })
	in := plan.Input{Tree: tree, BootHart: hart, MaxCores: most}
	in.Image = plan.Range{Base: first.Base + 2<<20, Size: 5 << 20}
	in.Scratch = plan.Range{Base: in.Image.End(), Size: 16 << 20}
	in.Blob = plan.Range{Base: first.Base + min(first.Size, 1<<30) - 2<<20, Size: uint64(tree.Size())}
	p, notes, err := plan.Make(in)
	if err != nil {
		t.Fatalf("%v (notes %q)", err, notes)
	}
	return p
}

// planned makes a base of a plan in which all cores live.
func planned(t testing.TB, p *plan.Plan) *Base {
	t.Helper()
	b, err := New()
	if err != nil {
		t.Fatal(err)
	}
	b.SetPlan(p)
	live(t, b, firstLives(int(p.NCores)))
	return b
}

// checkOwners holds the policy against the plan. What the plan says of owners is
// not among what successor/2 looks at.
func checkOwners(t *testing.T, name string, p *plan.Plan) (devices int) {
	t.Helper()
	b := planned(t, p)
	got := rows(t, b, "device(D, O, _, _, _, _), successor(D, C)")
	var want []string
	for _, d := range p.Devices[:p.NDevices] {
		path := rows(t, b, fmt.Sprintf("device(D, _, _, %d, _, _)", d.Regs.Base))[0]
		want = append(want, fmt.Sprintf("%s %d %d", path, d.Owner, d.Owner))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: successors of nobody\n%q, the plan has\n%q", name, got, want)
	}
	for i, c := range p.Controllers[:p.NControllers] {
		yields(t, b, fmt.Sprintf("controller(%d, D, O, _), successor(D, O), device(D, O, _, _, _, _), X = x", i),
			fmt.Sprintf("%s %d x", rows(t, b, fmt.Sprintf("controller(%d, D, _, _)", i))[0], c.Owner))
	}
	return len(want)
}

// The policy gives every device to the core that the plan chose, for every saved
// machine, every hart that may boot and some limits on the cores.
// Sabotage: in in_line, append Near to Far.
func TestPlanOwners(t *testing.T) {
	checked, second := 0, 0
	check := func(name string, blob []byte) {
		tree, err := dts.Parse(blob)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		cpus, _ := tree.CPUs()
		for i, c := range cpus {
			if !c.Node.Okay() || c.MMU == "" || c.MMU == "riscv,none" || tree.SkipHart(c.Hart) != "" || i >= 6 {
				continue
			}
			for _, most := range []int{0, 1, 3} {
				p := planOf(t, tree, c.Hart, most)
				checked += checkOwners(t, fmt.Sprintf("%s, boot hart %d, %d cores", name, c.Hart, p.NCores), p)
				for _, d := range p.Devices[:p.NDevices] {
					if d.Owner != 0 {
						second++
					}
				}
			}
		}
	}
	for name, tree := range fdtbuild.Boards() {
		check(name, tree.Blob())
	}
	if checked == 0 || second == 0 {
		t.Errorf("%d devices were compared, %d of them not core 0's", checked, second)
	}
	t.Run("saved", func(t *testing.T) {
		for name, blob := range saved.Blobs(t, "../..") {
			check(name, blob)
		}
	})
}

// boardPlan plans one of the boards of our own making.
func boardPlan(t testing.TB, name string) (*plan.Plan, *dts.Tree) {
	t.Helper()
	tree, err := dts.Parse(fdtbuild.Boards()[name].Blob())
	if err != nil {
		t.Fatal(err)
	}
	cpus, _ := tree.CPUs()
	hart := cpus[0].Hart
	for _, c := range cpus {
		if c.Node.Okay() && c.MMU != "" && c.MMU != "riscv,none" && tree.SkipHart(c.Hart) == "" {
			hart = c.Hart
			break
		}
	}
	return planOf(t, tree, hart, 0), tree
}

// Who holds a device keeps it; from the dead it goes where the policy says, and what is
// on the console's side where the console is.
// Sabotage: in owns, do not compare the lives; in holder or in console_side, leave the
// first clause out.
func TestSuccession(t *testing.T) {
	p, _ := boardPlan(t, "virt4")
	b := planned(t, p)
	uart := rows(t, b, "console(D)")[0]
	owner := func(want int) {
		t.Helper()
		yields(t, b, "console(D), owner(D, C)", fmt.Sprintf("%s %d", uart, want))
	}
	hold := func(l Life) { b.SetHolders(slices.Repeat([]Life{l}, int(p.NDevices))) }
	owner(0)
	live(t, b, []Life{{1, 1}, {2, 1}, {3, 1}}) // nobody has taken it yet
	owner(1)
	yields(t, b, "owner(D, C), C \\== 1")
	hold(Life{1, 1})
	live(t, b, firstLives(4))
	owner(1)
	b.SetLives([]Life{{0, 2}, {1, 2}, {2, 1}, {3, 1}}, 2) // it died, and lives again already
	owner(2)
	b.SetLives([]Life{{0, 2}, {2, 1}, {3, 1}}, 1) // the console's core is dead, too
	owner(0)
	hold(Life{3, 1})
	owner(3)
	yields(t, b, "device(_, _, finisher, _, _, _), owner(D, C), C \\== 3, X = x") // what is polled goes along
	yields(t, b, "count((device(D, _, finisher, _, _, _), owner(D, 3)), N), D = x", "x 1")
}

// A device on an interrupt controller that the console does not hang on goes to a
// core that its interrupts reach, if one lives.
func TestSuccessionNodes(t *testing.T) {
	p, _ := boardPlan(t, "numa")
	b := planned(t, p)
	far := rows(t, b, "device(D, O, K, _, _, _), \\+ console_side(D), X is O, K \\== plic")
	if len(far) == 0 {
		t.Fatal("this board has no such device")
	}
	second := p.Controllers[1].Owner
	var rest []Life
	for i := range int(p.NCores) {
		if uint32(i) != second {
			rest = append(rest, Life{i, 1})
		}
	}
	live(t, b, rest)
	for _, d := range p.Devices[:p.NDevices] {
		if d.Owner != second {
			continue
		}
		got := rows(t, b, fmt.Sprintf("device(D, _, _, %d, _, _), owner(D, C), reaches(1, C), X = x", d.Regs.Base))
		if len(got) != 1 {
			t.Errorf("%s: %q", d.Path.String(), got)
		}
	}
}

// The handover is in the order of the failure document.
func TestHandover(t *testing.T) {
	p, _ := boardPlan(t, "virt4")
	b := planned(t, p)
	i := slices.IndexFunc(p.Devices[:p.NDevices], func(d plan.Device) bool { return d.Kind == plan.DeviceVirtioMMIO && d.IRQ != 0 })
	if i < 0 {
		t.Fatal("this board has no virtio device")
	}
	d := &p.Devices[i]
	yields(t, b, fmt.Sprintf("device(D, _, _, %d, _, _), handover(D, _, _, S)", d.Regs.Base))
	live(t, b, []Life{{2, 1}, {3, 1}})
	path := rows(t, b, fmt.Sprintf("device(D, _, _, %d, _, _)", d.Regs.Base))[0]
	yields(t, b, fmt.Sprintf("device(D, _, _, %d, _, _), handover(D, F, T, S)", d.Regs.Base),
		fmt.Sprintf("%s 0 2 [stopped(0),mask(%s,0),reset(%s),enable(%s,2),complete(%s),reuse(0)]", path, path, path, path, path))
}

// Caches and distances come from the tree.
func TestTreeFacts(t *testing.T) {
	seen := 0
	for name, blob := range saved.Blobs(t, "../..") {
		tree, err := dts.Parse(blob)
		if err != nil {
			t.Fatal(err)
		}
		cpus, _ := tree.CPUs()
		var hart uint64
		for _, c := range cpus {
			if c.Node.Okay() && c.MMU != "" && c.MMU != "riscv,none" && tree.SkipHart(c.Hart) == "" {
				hart = c.Hart
				break
			}
		}
		p := planOf(t, tree, hart, 0)
		b := planned(t, p)
		b.SetTree(tree, p)
		caches := rows(t, b, "cache(C, L, K, S)")
		if name == "linux-6.12/starfive/jh7110-starfive-visionfive-2-v1.3b.dtb" {
			seen++
			if len(caches) != 12 || caches[0] != "0 1 instruction 32768" || caches[2] != "0 2 unified 2097152" {
				t.Errorf("%s: %q", name, caches)
			}
		}
		if name == "qemu-7.2/virt-numa2-smp8.dtb" {
			seen++
			yields(t, b, "distance(A, B, D)", "0 0 10", "0 1 20", "1 0 20", "1 1 10")
		}
	}
	if seen == 0 {
		t.Skip("neither of the known trees is among the saved ones")
	}
}

// randomPlan plans a machine that may be: controllers with cores, devices on some of
// them, and perhaps a console.
func randomPlan(r *rand.Rand) *plan.Plan {
	p := &plan.Plan{NCores: uint32(1 + r.IntN(plan.MaxCores)), NControllers: uint32(r.IntN(5))}
	if r.IntN(2) == 0 {
		p.NCores = uint32(1 + r.IntN(6))
	}
	device := func(kind plan.DeviceKind) *plan.Device {
		d := &p.Devices[p.NDevices]
		*d = plan.Device{Kind: kind, Controller: plan.NoCore, Owner: uint32(r.IntN(int(p.NCores)))}
		copy(d.Path[:], fmt.Sprintf("/device-%d", p.NDevices))
		p.NDevices++
		return d
	}
	for i := range p.NControllers {
		p.Controllers[i].Device = p.NDevices
		device(plan.DevicePLIC)
	}
	for i := range p.NCores {
		p.Cores[i].Controller = plan.NoCore
		if n := int(p.NControllers); n > 0 && r.IntN(4) > 0 {
			p.Cores[i].Controller = uint32(r.IntN(n))
		}
	}
	for i := range r.IntN(12) {
		d := device(plan.DeviceVirtioMMIO)
		if n := int(p.NControllers); n > 0 && r.IntN(4) > 0 {
			d.Controller = uint32(r.IntN(n))
		}
		if i == 0 && r.IntN(4) > 0 {
			d.Kind, d.Console = plan.DeviceUART, 1
		}
	}
	return p
}

// What the policies say of any machine and any deaths, and what cores follow that have
// not heard of them, is the same.
// Sabotage: in policy.pl, let succession append Near to Far; in succession.go, let
// nothing be on the console's side.
func TestSuccessionInGo(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 8))
	devices, moved := 0, 0
	b, err := New()
	if err != nil {
		t.Fatal(err)
	}
	b.span = time.Minute
	compare := func(p *plan.Plan) {
		b.SetPlan(p)
		orders, err := b.Successions()
		if err != nil {
			t.Fatal(err)
		}
		for i, order := range orders {
			if want := Succession(p, i); !slices.Equal(order, want) {
				t.Fatalf("device %d of %d cores: %v, in Go %v", i, p.NCores, order, want)
			}
		}
		var lives []Life
		for core := range int(p.NCores) {
			if r.IntN(3) > 0 {
				lives = append(lives, Life{core, uint32(1 + r.IntN(2))})
			}
		}
		if len(lives) == 0 {
			return
		}
		console := lives[r.IntN(len(lives))].Core
		b.SetLives(lives, console)
		for i := range orders {
			want := int(p.Devices[i].Owner)
			if !slices.Contains(lives, Life{want, 1}) {
				moved++
				at := slices.IndexFunc(orders[i], func(core int) bool {
					return slices.ContainsFunc(lives, func(l Life) bool { return l.Core == core })
				})
				if want = orders[i][at]; ConsoleSide(p, i) {
					want = console
				}
			}
			devices++
			yields(t, b, fmt.Sprintf("owner('%s', C)", b.paths[i]), fmt.Sprint(want))
		}
	}
	for name := range fdtbuild.Boards() {
		p, _ := boardPlan(t, name)
		compare(p)
	}
	for range 100 {
		compare(randomPlan(r))
	}
	if devices < 300 || moved < 100 {
		t.Errorf("%d devices were compared, %d of them moved", devices, moved)
	}
}
