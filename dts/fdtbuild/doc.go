// Package fdtbuild writes flattened device trees (Devicetree Specification
// v0.4, chapter 5), and describes with it a few machines of our own invention
// that between them have every trait our readers must cope with: several
// interrupt controllers, sparse and unusable harts, memory in several ranges,
// narrow cells.
//
// Only host tests and fuzz targets call it, in package dts and above. It
// allocates, holds no state outside its values, and panics on nothing a caller
// can build: a name or a value is written as given, so that a test may also
// build what a reader must refuse.
package fdtbuild
