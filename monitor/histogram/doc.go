// Package histogram counts measured values. A histogram has a fixed size and allocates
// nothing, so that who measures does not disturb what it measures; its quantiles are exact
// below 64 and within 1/32 above.
//
// Context: any; a histogram has one user at a time.
package histogram
