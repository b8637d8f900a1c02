// Package amo holds what a driver must not: the scan test has to find each.
package amo

import "sync/atomic"

// Load compiles to LR.
func Load(p *uint64) uint64 { return atomic.LoadUint64(p) }

// Store compiles to an AMO.
func Store(p *uint32, v uint32) { atomic.StoreUint32(p, v) }

// Plain compiles to a plain load.
func Plain(p *uint32) uint32 { return *p }
