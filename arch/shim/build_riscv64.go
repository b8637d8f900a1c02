package shim

import (
	"unsafe"

	"atoll/arch/layout"
	"atoll/arch/sv39"
)

// The code of this file runs with the MMU off, on the hart that is being born,
// at the physical address where the image lies. It reads the image and the row,
// and writes only into the pool of the row. It must not reach a variable of the
// program (those it sees are the pristine ones), a table of pointers, or
// anything that allocates.

// earlyBytes at the end of a pool are the stack and the fake g of this code.
const earlyBytes = 32 << 10

// planRow makes the row of the planner, at the end of the scratch memory behind
// the image, and returns its address. First it ends the line that says "entered".
func planRow(image, hart, tree uintptr) uintptr {
	var w lastWords
	w.text(" on hart ")
	w.decimal(hart)
	w.text(", image at ")
	w.hex(image)
	w.text(", device tree at ")
	w.hex(tree)
	w.text("\n")
	end := scratchEnd(image)
	row := (*layout.Row)(ptr(end - layout.PageSize))
	info := imageInfo(image)
	*row = layout.Row{
		Magic:   layout.RowMagic,
		Core:    layout.Planner,
		Hart:    uint64(hart),
		Pool:    uint64(image) + uint64(pageUp(uintptr(info.DataEnd-layout.LinkBase))),
		PoolEnd: uint64(end),
		Image:   uint64(image),
		// A guess until the tree is read; the planner measures nothing.
		Timebase: 10_000_000,
	}
	return end - layout.PageSize
}

func imageInfo(image uintptr) *layout.ImageInfo {
	return (*layout.ImageInfo)(ptr(image + layout.InfoOffset))
}

// scratchEnd returns the end of the memory that the image header reserves.
func scratchEnd(image uintptr) uintptr {
	return image + pageUp(uintptr(imageInfo(image).DataEnd-layout.LinkBase)) + layout.Scratch
}

// builder makes the page tables of an instance.
type builder struct {
	next, end uintptr
	root      uintptr
	tables    uintptr
}

// page returns a zeroed page of the pool. A pool too small for the birth of an
// instance cannot be planned; should it happen, the hart stops here.
func (b *builder) page() uintptr {
	p := b.next
	if p >= b.end {
		for {
			wfi()
		}
	}
	b.next += layout.PageSize
	zeroPage(p)
	return p
}

// table returns the table that the entry e points to, making it if needed.
func (b *builder) table(e uintptr) uintptr {
	if pte := load(e); pte != 0 {
		return uintptr(sv39.PA(uint64(pte)))
	}
	t := b.page()
	b.tables++
	store(e, uintptr(sv39.Branch(uint64(t))))
	return t
}

func entryOf(table, va uintptr, level int) uintptr {
	return table + uintptr(sv39.Index(uint64(va), level))*sv39.EntrySize
}

// mapOne maps the page at pa.
func (b *builder) mapOne(va, pa uintptr, perm layout.Perm) {
	l1 := b.table(entryOf(b.root, va, 2))
	l0 := b.table(entryOf(l1, va, 1))
	store(entryOf(l0, va, 0), uintptr(sv39.Leaf(uint64(pa), perm, false, true)))
}

// mapAll maps [va, end) to the memory from pa on.
func (b *builder) mapAll(va, end, pa uintptr, perm layout.Perm) {
	for ; va < end; va += layout.PageSize {
		b.mapOne(va, pa, perm)
		pa += layout.PageSize
	}
}

// fresh maps [va, end) to zeroed pages of the pool and returns the first, from
// which the others follow in order of address.
func (b *builder) fresh(va, end uintptr) uintptr {
	// The tables first, so that no table gets between the pages.
	l1 := b.table(entryOf(b.root, va, 2))
	b.table(entryOf(l1, va, 1))
	b.table(entryOf(l1, end-1, 1))
	first := b.next
	for ; va < end; va += layout.PageSize {
		b.mapOne(va, b.page(), layout.R|layout.W)
	}
	return first
}

// build makes the address space of the instance that the row describes and fills
// in its core area. It returns the value for satp. Runs once on each birth.
func build(rowPA, image, dtb, life uintptr) uintptr {
	row := (*layout.Row)(ptr(rowPA))
	if row.Core == layout.Planner {
		lastWords{}.text("atoll: page tables\n")
	}
	info := imageInfo(image)
	b := builder{next: uintptr(row.Pool), end: uintptr(row.PoolEnd) - earlyBytes}
	b.root = b.page()
	c := (*core)(ptr(b.fresh(layout.CoreArea, layout.CoreArea+pageUp(coreBytes))))
	c.row = *row
	c.info = *info
	c.dtb = dtb
	c.incarnation = uint64(uint32(life))
	c.starter = life &^ layout.StartTraced >> 32
	c.entry = readTime()
	b.gigapages(c)
	b.image(image, info)
	b.fresh(layout.CoreArea+shimTop-shimStack, layout.CoreArea+shimTop)
	b.fresh(layout.CoreArea+nestedTop-nestedStack, layout.CoreArea+nestedTop)
	b.fresh(layout.CoreArea+fatalTop-nestedStack, layout.CoreArea+fatalTop)
	c.traceBirth(b.fresh(layout.CoreArea+traceAt, layout.CoreArea+traceAt+traceBytes), life)
	first := (*thread)(ptr(b.fresh(slot(0), slot(0)+layout.PageSize)))
	top := uintptr(layout.CoreArea + stackTop)
	arguments(b.fresh(top-layout.PageSize, top)+layout.PageSize-argumentBytes, c)
	b.window(c)
	if row.CrashPA != 0 {
		b.mapOne(layout.CrashPage, uintptr(row.CrashPA), layout.R|layout.W)
	} else {
		c.alone = 1
	}
	b.mapAll(layout.PlanBase, layout.PlanBase+uintptr(row.PlanSize), uintptr(row.PlanPA), layout.R)
	c.init(&b, first)
	if row.Messages != 0 {
		openFile(row.Messages)
	}
	return uintptr(sv39.Satp(uint64(b.root)))
}

// gigapages makes the level-1 table of each window, so that the root table never
// changes afterwards.
func (b *builder) gigapages(c *core) {
	for g := uintptr(0); g < numGigas; g++ {
		va := (firstGiga + g) * layout.GigaPage
		switch {
		case va == layout.LinkBase, va == layout.CoreBase, va == layout.DeviceBase,
			va >= layout.HeapBase && va < layout.HeapEnd,
			va >= layout.WindowBase && va < layout.WindowBase+uintptr(c.row.WindowGB)*layout.GigaPage:
			c.mem.l1[g] = b.table(entryOf(b.root, va, 2))
		}
	}
}

// image maps text and read-only data where they were loaded, and a private copy
// of the pristine data.
func (b *builder) image(image uintptr, info *layout.ImageInfo) {
	const base = layout.LinkBase
	b.mapAll(base, uintptr(info.TextEnd), image, layout.R|layout.X)
	b.mapAll(uintptr(info.ROData), uintptr(info.RODataEnd), image+uintptr(info.ROData-base), layout.R)
	data, end := uintptr(info.Data), uintptr(info.DataEnd)
	for va := data; va < end; va += layout.PageSize {
		pa := b.page()
		b.mapOne(va, pa, layout.R|layout.W)
		from, n := image+va-base, min(uintptr(layout.PageSize), end-va)
		for i := uintptr(0); i < n; i += 8 { // the image ends on a page
			store(pa+i, load(from+i))
		}
	}
}

// window makes the table window.
func (b *builder) window(c *core) {
	l1 := b.table(entryOf(b.root, layout.TableWindow, 2))
	w := b.table(entryOf(l1, layout.TableWindow, 1))
	store(w, uintptr(sv39.Leaf(uint64(w), layout.R|layout.W, false, true)))
	c.mem.slots[slotSelf] = w
}

// argumentBytes is the size of what a Linux program finds on its stack.
const argumentBytes = 128

// arguments writes the first thread's stack at physical address sp: argument
// count, arguments, environment, auxiliary vector.
func arguments(sp uintptr, c *core) {
	const atPagesz, atRandom, strings = 6, 25, 96
	va := uintptr(layout.CoreArea + stackTop - argumentBytes)
	words := [...]uintptr{1, va + strings, 0, 0, atPagesz, layout.PageSize, atRandom, va + strings + 8, 0, 0}
	for i, w := range words {
		store(sp+uintptr(i)*8, w)
	}
	store(sp+strings, 'a'|'t'<<8|'o'<<16|'l'<<24|'l'<<32)
	c.rnd.init(&c.row.Seed, readTime())
	var r [16]uint32
	c.rnd.block(&r)
	store(sp+strings+8, uintptr(r[0])|uintptr(r[1])<<32)
	store(sp+strings+16, uintptr(r[2])|uintptr(r[3])<<32)
}

// init fills in the core area. c is its physical address; what it stores are the
// virtual ones.
func (c *core) init(b *builder, first *thread) {
	const area = uintptr(layout.CoreArea)
	c.cur = slot(0)
	c.fpOwner = slot(0)
	for i := range c.stacks {
		c.stacks[i] = area + fatalTop
		c.nest[i] = area + unsafe.Offsetof(c.nested) + uintptr(min(i, len(c.nested)-1))*unsafe.Sizeof(thread{})
	}
	c.stacks[0], c.stacks[1] = area+shimTop, area+nestedTop
	c.mult = uintptr(1e9 << 24 / c.row.Timebase)
	c.wall = uintptr(c.row.WallBase)
	m := &c.mem
	m.root = b.root
	m.pages = b.tables + 1
	m.zero = area2(pageUp(uintptr(c.info.DataEnd)), pageUp(uintptr(c.info.BSSEnd)))
	m.stack = area2(area+stackTop-stackBytes, area+stackTop)
	used := (b.next - uintptr(c.row.Pool)) / layout.PageSize
	total := (uintptr(c.row.PoolEnd) - uintptr(c.row.Pool)) / layout.PageSize
	m.pool = pool{next: b.next, end: b.end, total: total - earlyBytes/layout.PageSize, used: used, most: used}
	c.firmware.Init(uint64(uintptr(unsafe.Pointer(&c.firmware)))) // c is physical here
	if c.row.Core != layout.Planner {
		c.out.ring = 1
	}
	s := &c.sched
	s.nthreads = 1
	s.armed = forever
	c.userEnd = forever
	c.ownRoot = b.root
	s.slice = c.row.Timebase / 2000 // 500 us
	s.rest = c.row.Timebase / 200   // 5 ms
	s.spin = c.row.Timebase / 50000 // 20 us
	first.id = 1
	first.state = threadRunnable
}

func area2(lo, hi uintptr) area { return area{lo, hi, 1} }
