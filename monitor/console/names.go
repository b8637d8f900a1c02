package console

// Names is the table of services that the cores have agreed on.
type Names interface {
	// Names asks a core for its copy of the table, sorted by name.
	Names(core int) (NameTable, error)
}

// NameTable is a core's copy of the table.
type NameTable struct {
	View     uint64 // number of the view that the core has installed, 0 = none yet
	Members  []int  // cores that are in it
	Dropped  uint64 // messages about agreement that could not be
	Settled  bool   // all living cores are members and have exported something
	Services []NamedService
}

// NamedService is a service that all cores know.
type NamedService struct {
	Name        string
	Core        int
	Incarnation uint32
	Number      uint32 // by which bind asks that core for it; 0 = the monitors serve it themselves
}
