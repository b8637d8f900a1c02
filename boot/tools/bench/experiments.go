package main

import (
	"fmt"
	"time"

	"atoll/boot/tools/qemurun"
)

// experiment is a machine, booted some times, with the commands it runs.
type experiment struct {
	name     string
	machine  qemurun.Machine
	commands string
	boots    int
	bound    time.Duration // of one boot
}

// bootHarts are the numbers of harts whose boot is measured.
var bootHarts = []int{1, 2, 4, 8, 16, 32, 64}

// counting makes QEMU count instructions: each takes a nanosecond of guest time, and
// harts take turns.
var counting = []string{"-icount", "shift=0"}

// programs is the archive that make image leaves.
const programs = "build/programs.cpio"

// counted reports whether the machine counts instructions.
func (e *experiment) counted() bool { return len(e.machine.Extra) > 0 }

// experiments lists all there is to measure, with so many boots of what the host
// disturbs.
func experiments(boots int) []experiment {
	machine := func(harts int, extra []string) qemurun.Machine {
		return qemurun.Machine{Harts: harts, Mem: "4G", Extra: extra}
	}
	list := []experiment{
		{"channel", machine(2, nil), "bench ump 0 1 -n 20000 -json", boots, time.Minute},
		{"channel-counted", machine(1, counting), "bench ump -n 20000 -json", 1, time.Minute},
		{"pairs", machine(4, nil), "bench pairs -json", boots, time.Minute},
		{"updates", machine(2, nil), "bench updates -json", boots, time.Minute},
		{"updates-counted", machine(1, counting), "bench updates -n 20000 -json", 1, time.Minute},
		{"binding", machine(2, nil), "bench binding 0 1 -json", boots, time.Minute},
		{"wake", machine(2, nil), "bench wake 0 1 -json", boots, time.Minute},
		{"wake-counted", machine(2, counting), "bench wake 0 1 -n 50 -json", 1, time.Minute},
		{"life", machine(2, nil), "bench life 1 -json", boots, time.Minute},
		{"life-counted", machine(2, counting), "bench life 1 -json", 1, time.Minute},
		{"shootdown", machine(2, nil), "bench shootdown -n 20000 -json", boots, time.Minute},
		{"agreement", machine(2, nil), "bench agreement -json", boots, time.Minute},
		{"agreement-counted", machine(1, counting), "bench agreement -json", 1, time.Minute},
		{"interference", machine(5, nil), "bench interference 1 2 3 4 -json", boots, 2 * time.Minute},
	}
	list = append(list, spinExperiments(machine(2, nil), boots)...)
	user := machine(1, counting)
	user.Initrd = programs
	list = append(list, experiment{"user-counted", user, "run costs -json 100000", 1, 3 * time.Minute})
	players := machine(2, nil)
	players.Initrd = programs
	computing := machine(computeHarts, nil)
	computing.Initrd = programs
	sharers := machine(capCores, counting)
	stepping, counted := machine(stepsHarts, nil), machine(stepsHarts, counting)
	stepping.Initrd, counted.Initrd = programs, programs
	sharers.Initrd = programs
	list = append(list,
		experiment{"userump", players, "run pingpong -json 0 1 5000", boots, 2 * time.Minute},
		experiment{"userump-counted", user, "run pingpong -json count", 1, time.Minute},
		experiment{"shared", players, "run updates -json 0,1 500ms", boots, 2 * time.Minute},
		experiment{"shared-counted", user, "run updates -json 0", 1, time.Minute},
		experiment{"capcost", players, "run capcost -json " + coreList(2) + " 200", boots, 2 * time.Minute},
		experiment{"compute", computing, computeCommands(computeHarts), max(boots/2, 1), 5 * time.Minute},
		experiment{"steps", stepping, stepsCommands(), boots, 2 * time.Minute},
		experiment{"steps-counted", counted, stepsCommands(), 1, 2 * time.Minute},
		experiment{"capcost-counted", sharers, "run capcost -json " + coreList(capCores) + " 24", 1, 3 * time.Minute})
	for _, n := range bootHarts {
		bound := time.Minute + 3*time.Second*time.Duration(n)
		list = append(list,
			experiment{fmt.Sprintf("boot-%d", n), machine(n, nil), "bench boot -json", max(boots/2, 1), bound},
			experiment{fmt.Sprintf("boot-%d-counted", n), machine(n, counting), "bench boot -json", 1, bound})
	}
	return list
}
