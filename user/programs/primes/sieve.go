package main

import "sync"

// stretch is how many numbers are sieved at a time.
const stretch = 1 << 16

// count returns how many primes are below a limit, with so many goroutines.
func count(limit, goroutines int) int {
	small := smallPrimes(limit)
	stretches, counts := make(chan int), make(chan int)
	var all sync.WaitGroup
	for range goroutines {
		all.Go(func() {
			composite := make([]bool, stretch)
			sum := 0
			for from := range stretches {
				sum += sieve(composite[:min(stretch, limit-from)], from, small)
			}
			counts <- sum
		})
	}
	go func() {
		for from := 0; from < limit; from += stretch {
			stretches <- from
		}
		close(stretches)
		all.Wait()
		close(counts)
	}()
	sum := 0
	for n := range counts {
		sum += n
	}
	return sum
}

// smallPrimes are those whose squares are below a limit.
func smallPrimes(limit int) (list []int) {
next:
	for n := 2; n*n < limit; n++ {
		for _, p := range list {
			if n%p == 0 {
				continue next
			}
		}
		list = append(list, n)
	}
	return list
}

// sieve counts the primes among the numbers from one on, as many as composite has, which it
// overwrites.
func sieve(composite []bool, from int, small []int) (primes int) {
	clear(composite)
	for _, p := range small {
		first := max(p*p, (from+p-1)/p*p)
		for i := first - from; i < len(composite); i += p {
			composite[i] = true
		}
	}
	for i := range composite {
		if from+i >= 2 && !composite[i] {
			primes++
		}
	}
	return primes
}
