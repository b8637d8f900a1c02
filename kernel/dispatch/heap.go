package dispatch

// node is a place in a heap.
type node[T any] struct {
	key uint64
	of  *T
	// The first child, the next sibling, and the sibling before it or, of a first
	// child, the parent.
	child, next, prev *node[T]
}

// heap is a pairing heap (Fredman et al., The pairing heap, 1986): the node with the least
// key is first. Its links lie in the nodes.
type heap[T any] struct{ first *node[T] }

// push enters somebody by a node of its that is in no heap.
func (h *heap[T]) push(n *node[T], of *T) {
	n.of = of
	h.first = meld(h.first, n)
}

// min returns who has the least key, and the key; nil if the heap is empty.
func (h *heap[T]) min() (*T, uint64) {
	if h.first == nil {
		return nil, 0
	}
	return h.first.of, h.first.key
}

// meld joins two heaps.
func meld[T any](a, b *node[T]) *node[T] {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case b.key < a.key:
		a, b = b, a
	}
	b.next, b.prev = a.child, a
	if a.child != nil {
		a.child.prev = b
	}
	a.child = b
	return a
}

// remove takes out a node that is in the heap.
func (h *heap[T]) remove(n *node[T]) {
	below := pair(n.child)
	switch {
	case n == h.first:
		h.first = below
	default:
		if n.prev.child == n {
			n.prev.child = n.next
		} else {
			n.prev.next = n.next
		}
		if n.next != nil {
			n.next.prev = n.prev
		}
		h.first = meld(h.first, below)
	}
	n.child, n.next, n.prev = nil, nil, nil
}

// pair melds a list of siblings: two by two, then from the last pair back. It takes
// time in their number, which what put them there has paid for.
func pair[T any](e *node[T]) *node[T] {
	var pairs *node[T] // linked through next, last pair first
	for e != nil {
		a, b := e, e.next
		e = nil
		if b != nil {
			e = b.next
			b.next, b.prev = nil, nil
		}
		a.next, a.prev = nil, nil
		m := meld(a, b)
		m.next = pairs
		pairs = m
	}
	var root *node[T]
	for pairs != nil {
		rest := pairs.next
		pairs.next = nil
		root = meld(root, pairs)
		pairs = rest
	}
	return root
}
