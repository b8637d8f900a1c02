// Package audit checks the laws of memory over all instances: what two of them
// can both reach (docs/laws.md, L2) and that nothing is writable and executable
// (law L7).
//
// The console's audit command collects what each instance says it maps and
// calls Check. The package is pure: mappings, grants and a plan go in, a report comes
// out; it runs in goroutine context, allocates, and keeps no state. What an
// instance reports is input: a malformed run is a violation, never a panic.
//
// It works on runs of pages, not on single ones: each run is held against what
// the plan gives its core (own.go), then all runs are sorted by physical
// address and swept once for pages that several instances, or one instance at
// several addresses, can reach (sweep.go).
//
// What is allowed, by kind of page:
//
//	text     inside the image, or replicated in the core's own kernel reserve; never writable
//	plan     inside the plan's pages or its copy of the device tree; never writable
//	channel  the pair frames of this core; shared by the two cores of the pair and no other
//	private  the core's own kernel reserve and crash page; a dead core's crash page, to read
//	table    the core's own kernel reserve, or user pool for tables of user space; seen in no
//	         other way
//	device   registers of devices that the core owns, without anyone's claim page
//	irq      the core's own claim page
//	dma      the core's own DMA window
//	user     the core's own user pool
//	process  the same, as user code maps it; it may be executable, too
//	initrd   the archive of programs; never writable, and executable as user code maps it alone
//	grant    another core's user pool, as far as that core says that it has granted
//	         the pages to this one, with these rights, and this one says so, too
//
// Only text and what user code maps is executable. Pages of the first three kinds and of the
// archive, and user pages that are granted, may be mapped by several instances; any other page that two instances map
// is a violation even where the plan itself gave it to both.
//
// What the cores say of grants is checked against each other as well (grants.go).
//
// Known limits: guard pages and other holes are not mappings and cannot be seen
// here, nor can what a device reaches by DMA; and an instance that lies is not
// found out. The test that walks the tables from outside covers the last.
package audit
