package org.opensearch.knn.jni;

/** In place of handing vectors to native code. */
public class JNICommons {
    public static long storeVectorData(long a, float[][] b, long c) {
        throw NoNativeCode.refuse();
    }

    public static long storeVectorData(long a, float[][] b, long c, boolean d) {
        throw NoNativeCode.refuse();
    }

    public static long storeBinaryVectorData(long a, byte[][] b, long c) {
        throw NoNativeCode.refuse();
    }

    public static long storeBinaryVectorData(long a, byte[][] b, long c, boolean d) {
        throw NoNativeCode.refuse();
    }

    public static long storeByteVectorData(long a, byte[][] b, long c) {
        throw NoNativeCode.refuse();
    }

    public static long storeByteVectorData(long a, byte[][] b, long c, boolean d) {
        throw NoNativeCode.refuse();
    }

    public static void freeVectorData(long a) {
        throw NoNativeCode.refuse();
    }

    public static void freeBinaryVectorData(long a) {
        throw NoNativeCode.refuse();
    }

    public static void freeByteVectorData(long a) {
        throw NoNativeCode.refuse();
    }
}
