package monitor

import (
	"errors"

	"atoll/arch/layout"
)

// What the lives of simulated cores need. A simulated core does not die.

func (h *simHart) Incarnation() uint32 { return 1 }
func (h *simHart) Starter() int        { return 0 }
func (h *simHart) Stopped(int) bool    { return false }
func (h *simHart) SetAlone(bool)       {}

func (h *simHart) Watch(theirs, mine *uint64) error { return nil }
func (h *simHart) Restart(int) error                { return errors.New("no later life here") }
func (h *simHart) Fail(FailureMode) error           { return errors.New("no death here") }
func (h *simHart) TakeConsole(Progress) Console     { return h.m.console }

func (h *simHart) Crash(int) (c layout.Crash, err error) { return c, errors.New("no crash page here") }
