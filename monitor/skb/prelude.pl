% What every goal can use: operators (ISO/IEC 13211-1, table 7, as far as there is
% something behind them), control, comparison, lists. A head names each variable
% once, so that calling a clause unifies nothing with itself, and a clause that calls
% itself ends with a predicate in Go, so that the stack is flat: see doc.go.

:-(op(1200, xfx, [:-])).
:-(op(1200, fx, [:-])).
:- op(1100, xfy, ;).
:- op(1050, xfy, ->).
:- op(1000, xfy, ',').
:- op(900, fy, \+).
:- op(700, xfx, [=, \=, ==, \==, @<, @=<, @>, @>=, is, =:=, =\=, <, =<, >, >=]).
:- op(500, yfx, [+, -]).
:- op(400, yfx, [*, /, //, rem, mod]).
:- op(200, xfx, **).
:- op(200, xfy, ^).
:- op(200, fy, [-, +]).

true.
fail :- \+ true.
false :- fail.
otherwise.

(P, Q) :- call((P, Q)).
(If -> Then ; _) :- If, !, Then.
(_ -> _ ; Else) :- !, Else.
(P ; Q) :- call((P ; Q)).
(If -> Then) :- If, !, Then.
! :- true.
once(G) :- G, !.
forall(C, A) :- \+ (C, \+ A).

X \= Y :- \+ X = Y.
X == Y :- compare(=, X, Y).
X \== Y :- \+ X == Y.
X @< Y :- compare(<, X, Y).
X @> Y :- compare(>, X, Y).
X @=< Y :- \+ compare(>, X, Y).
X @>= Y :- \+ compare(<, X, Y).
nonvar(X) :- \+ var(X).
atomic(X) :- nonvar(X), \+ compound(X).
number(X) :- integer(X).
number(X) :- float(X).

memberchk(X, L) :- member(X, L), !.
count(G, N) :- findall(x, G, L), length(L, N).
least(L, X) :- sort(L, [Y|_]), X = Y.
take(N, L, T) :- N > 0, L = [X|Xs], !, M is N - 1, take(M, Xs, Ys), T = [X|Ys].
take(_, _, []).
drop(N, L, R) :- N > 0, L = [_|Xs], !, M is N - 1, drop(M, Xs, S), R = S.
drop(_, L, R) :- R = L.
values([], L) :- L = [].
values([_-V|Ps], L) :- values(Ps, Vs), L = [V|Vs].
