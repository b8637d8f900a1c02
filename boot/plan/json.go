package plan

import (
	"encoding/json"
	"fmt"

	"atoll/arch/layout"
)

// address is written in hexadecimal, as a string: it is readable, and does not
// lose digits in readers that take JSON numbers for floating point.
type address uint64

func (a address) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%#x", uint64(a)), nil }

// The JSON form of a plan. Sizes are numbers of bytes.
type (
	jsonRange struct {
		Base address `json:"base"`
		Size uint64  `json:"size"`
	}
	jsonPlan struct {
		Cores       []jsonCore       `json:"cores"`
		Devices     []jsonDevice     `json:"devices"`
		Controllers []jsonController `json:"controllers"`
		BootCore    uint32           `json:"boot_core"`
		Harts       uint32           `json:"usable_harts"`
		Timebase    uint64           `json:"timebase_hz"`
		FreeMemory  uint64           `json:"free_memory"`
		Window      jsonRange        `json:"window"`
		WindowVA    address          `json:"window_va"`
		Image       jsonRange        `json:"image"`
		Area        jsonRange        `json:"plan"`
		Channels    jsonRange        `json:"channels"`
		Crash       jsonRange        `json:"crash"`
		Blob        jsonRange        `json:"device_tree"`
		Initrd      jsonRange        `json:"initrd"`
		Args        string           `json:"boot_args"`
	}
	jsonCore struct {
		Core       int       `json:"core"`
		Hart       uint64    `json:"hart"`
		Node       uint32    `json:"node"`
		Sstc       bool      `json:"sstc"`
		Kernel     jsonRange `json:"kernel"`
		User       jsonRange `json:"user"`
		DMA        jsonRange `json:"dma"`
		Controller *uint32   `json:"controller"` // null if none
		Context    uint32    `json:"context"`
		Claim      jsonRange `json:"claim"`
		ClaimVA    address   `json:"claim_va"`
		File       jsonRange `json:"messages"` // size 0 if the hart takes none
		FileVA     address   `json:"messages_va"`
	}
	jsonDevice struct {
		Kind       string    `json:"kind"`
		Owner      uint32    `json:"owner"`
		Regs       jsonRange `json:"registers"`
		VA         address   `json:"va"`
		Controller *uint32   `json:"controller"` // null if polled
		IRQ        uint32    `json:"irq"`
		RegShift   uint32    `json:"reg_shift"`
		RegWidth   uint32    `json:"reg_width"`
		Clock      uint32    `json:"clock_hz"`
		Console    bool      `json:"console"`
		Compatible string    `json:"compatible"`
		Path       string    `json:"path"`
	}
	jsonController struct {
		Device   uint32 `json:"device"`
		Owner    uint32 `json:"owner"`
		Sources  uint32 `json:"sources"`
		Messages bool   `json:"messages"`
	}
)

func (r Range) json() jsonRange { return jsonRange{address(r.Base), r.Size} }

// orNull returns nil for NoCore.
func orNull(v uint32) *uint32 {
	if v == NoCore {
		return nil
	}
	return &v
}

// JSON writes the plan as one JSON object on one line.
func (p *Plan) JSON() []byte {
	j := jsonPlan{
		Cores: []jsonCore{}, Devices: []jsonDevice{}, Controllers: []jsonController{},
		BootCore: p.BootCore, Harts: p.Harts, Timebase: p.Timebase, FreeMemory: p.RAM,
		Window: p.window().json(), WindowVA: layout.WindowBase, Image: p.Image.json(),
		Area: p.Area.json(), Channels: p.Channels.json(), Crash: p.Crash.json(),
		Blob: p.Blob.json(), Initrd: p.Initrd.json(), Args: p.BootArgs(),
	}
	for i := range p.Cores[:p.NCores] {
		j.Cores = append(j.Cores, p.Cores[i].json(i))
	}
	for i := range p.Devices[:p.NDevices] {
		j.Devices = append(j.Devices, p.Devices[i].json())
	}
	for _, c := range p.Controllers[:p.NControllers] {
		j.Controllers = append(j.Controllers, jsonController{c.Device, c.Owner, c.Sources, c.Messages == 1})
	}
	b, err := json.Marshal(j)
	if err != nil {
		panic("plan: a value of plain fields does not marshal: " + err.Error())
	}
	return b
}

func (c *Core) json(core int) jsonCore {
	return jsonCore{
		Core: core, Hart: c.Row.Hart, Node: c.Node, Sstc: c.Row.Flags&layout.RowSstc != 0,
		Kernel: c.Reserve.json(),
		User:   c.User.json(), DMA: c.DMA.json(), Controller: orNull(c.Controller), Context: c.Context,
		Claim: c.Claim.json(), ClaimVA: address(c.ClaimVA), File: c.File.json(), FileVA: address(c.FileVA),
	}
}

func (d *Device) json() jsonDevice {
	return jsonDevice{
		Kind: d.Kind.String(), Owner: d.Owner, Regs: d.Regs.json(), VA: address(d.VA),
		Controller: orNull(d.Controller), IRQ: d.IRQ, RegShift: d.RegShift, RegWidth: d.RegWidth,
		Clock: d.Clock, Console: d.Console == 1, Compatible: d.Compatible.String(), Path: d.Path.String(),
	}
}
