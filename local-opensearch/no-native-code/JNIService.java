package org.opensearch.knn.jni;

import java.util.Map;
import org.opensearch.knn.index.engine.KNNEngine;
import org.opensearch.knn.index.query.KNNQueryResult;
import org.opensearch.knn.index.store.IndexInputWithBuffer;
import org.opensearch.knn.index.store.IndexOutputWithBuffer;

/** In place of making, reading and searching the indexes of faiss and nmslib. */
public class JNIService {
    public static long initIndex(long a, int b, Map<String, Object> c, KNNEngine d) {
        throw NoNativeCode.refuse();
    }

    public static void insertToIndex(int[] a, long b, int c, Map<String, Object> d, long e, KNNEngine f) {
        throw NoNativeCode.refuse();
    }

    public static void writeIndex(IndexOutputWithBuffer a, long b, KNNEngine c, Map<String, Object> d, boolean e) {
        throw NoNativeCode.refuse();
    }

    public static void createIndex(
        int[] a, long b, int c, IndexOutputWithBuffer d, Map<String, Object> e, KNNEngine f
    ) {
        throw NoNativeCode.refuse();
    }

    public static void createIndexFromTemplate(
        int[] a, long b, int c, IndexOutputWithBuffer d, byte[] e, Map<String, Object> f, KNNEngine g
    ) {
        throw NoNativeCode.refuse();
    }

    public static long loadIndex(IndexInputWithBuffer a, Map<String, Object> b, KNNEngine c) {
        throw NoNativeCode.refuse();
    }

    public static boolean isSharedIndexStateRequired(long a, KNNEngine b) {
        throw NoNativeCode.refuse();
    }

    public static long initSharedIndexState(long a, KNNEngine b) {
        throw NoNativeCode.refuse();
    }

    public static void setSharedIndexState(long a, long b, KNNEngine c) {
        throw NoNativeCode.refuse();
    }

    public static KNNQueryResult[] queryIndex(
        long a, float[] b, int c, Map<String, ?> d, KNNEngine e, long[] f, int g, int[] h
    ) {
        throw NoNativeCode.refuse();
    }

    public static KNNQueryResult[] queryBinaryIndex(
        long a, byte[] b, int c, Map<String, ?> d, KNNEngine e, long[] f, int g, int[] h
    ) {
        throw NoNativeCode.refuse();
    }

    public static void free(long a, KNNEngine b) {
        throw NoNativeCode.refuse();
    }

    public static void free(long a, KNNEngine b, boolean c) {
        throw NoNativeCode.refuse();
    }

    public static void freeSharedIndexState(long a, KNNEngine b) {
        throw NoNativeCode.refuse();
    }

    public static byte[] trainIndex(Map<String, Object> a, int b, long c, KNNEngine d) {
        throw NoNativeCode.refuse();
    }

    public static KNNQueryResult[] radiusQueryIndex(
        long a, float[] b, float c, Map<String, ?> d, KNNEngine e, int f, long[] g, int h, int[] i
    ) {
        throw NoNativeCode.refuse();
    }

    public static long initFaissSQIndex(int a, int b, Map<String, Object> c, float d, int e, KNNEngine f) {
        throw NoNativeCode.refuse();
    }

    public static void addDocsToSQIndex(long a, int[] b, int c, int d, KNNEngine e) {
        throw NoNativeCode.refuse();
    }

    public static void passSQVectorsWithCorrectionFactors(long a, byte[] b, int c, KNNEngine d) {
        throw NoNativeCode.refuse();
    }

    public static void releaseSQIndex(long a, KNNEngine b) {
        throw NoNativeCode.refuse();
    }
}
