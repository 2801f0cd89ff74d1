/** Sessions of the emulator write dates one way, whatever the database's settings; its queries are too short for compilation. */
export const SESSION_SETTINGS = '-c DateStyle=ISO -c TimeZone=UTC -c IntervalStyle=postgres -c jit=off';
